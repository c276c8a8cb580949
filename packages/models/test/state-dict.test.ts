import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createModel, type ModelName, modelNames, resnet18, resnet50 } from "@tapegrad/models";
import { BatchNorm2d, Buffer } from "@tapegrad/nn";
import { manualSeed } from "@tapegrad/tensor";
import { describe, expect, test } from "vitest";

/** A state dict that torchvision listed. */
interface Keys {
  readonly parameters: number;
  readonly entries: readonly (readonly [
    key: string,
    shape: readonly number[],
    dtype: string,
    kind: "param" | "buffer",
  ])[];
}

const files: Readonly<Partial<Record<ModelName, string>>> = {
  resnet18: "resnet18",
  resnet34: "resnet34",
  resnet50: "resnet50",
  resnet101: "resnet101",
  resnet152: "resnet152",
  "vgg11-bn": "vgg11_bn",
  "mobilenet-v2": "mobilenet_v2",
};

describe.each(Object.entries(files))("%s", (name, file) => {
  test("has torchvision's keys, shapes and order", () => {
    const keys = JSON.parse(readFileSync(join(import.meta.dirname, `../fixtures/keys_${file}.json`), "utf8")) as Keys;
    const model = createModel(name as ModelName);
    const buffers = new Set(model.namedBuffers().map(([key]) => key));
    const entries = Array.from(model.stateDict(), ([key, { shape, dtype }]) => [
      key,
      [...shape],
      dtype === "int32" ? "int64" : dtype,
      buffers.has(key) ? "buffer" : "param",
    ]);
    expect(entries).toEqual(keys.entries);
    expect(model.parameters().reduce((total, { size }) => total + size, 0)).toBe(keys.parameters);
    for (const [, tensor] of [...model.namedParameters(), ...model.namedBuffers()]) tensor.dispose();
  });
});

describe("initialisation is torchvision's", () => {
  const deviation = (values: ArrayLike<number>): number =>
    Math.sqrt(Array.from(values).reduce((sum, value) => sum + value * value, 0) / values.length);

  test("convolutions of a ResNet are Kaiming-normal by the fan out, batch norms the identity", () => {
    manualSeed(1);
    const model = resnet18({ numClasses: 3 });
    expect(deviation(model.conv1.weight.dataSync())).toBeCloseTo(Math.sqrt(2 / (64 * 49)), 3);
    for (const module of model.modules()) {
      if (!(module instanceof BatchNorm2d)) continue;
      expect(new Set(module.weight!.dataSync())).toEqual(new Set([1]));
      expect(new Set(module.bias!.dataSync())).toEqual(new Set([0]));
    }
    expect(Math.max(...model.fc.weight.dataSync())).toBeLessThanOrEqual(1 / Math.sqrt(512));
  });

  test("zeroInitResidual zeroes the last scale of each block and no other", () => {
    const zeroed = [...resnet50({ numClasses: 2, zeroInitResidual: true }).stateDict()].filter(
      ([key, tensor]) => /bn\d\.weight$/.test(key) && tensor.dataSync()[0] === 0,
    );
    expect(zeroed).toHaveLength(3 + 4 + 6 + 3);
    expect(zeroed.every(([key]) => key.endsWith(".bn3.weight"))).toBe(true);
  });

  test("the same seed gives the same model", () => {
    const weights = [1, 1, 2].map((seed) => {
      manualSeed(seed);
      return createModel("resnet20").parameters()[0]!.dataSync();
    });
    expect(weights[0]).toEqual(weights[1]);
    expect(weights[0]).not.toEqual(weights[2]);
  });
});

describe("createModel", () => {
  test("knows every model by its name", () => {
    expect(modelNames).toEqual(expect.arrayContaining(["lenet", "resnet20", "resnet152", "tiny-resnet"]));
    expect(() => createModel("resnet21" as ModelName)).toThrow(/no model "resnet21"; there are lenet, /);
    expect(() => createModel("__proto__" as ModelName)).toThrow(/no model/);
  });

  test("takes another number of classes", () => {
    expect(createModel("resnet20", { numClasses: 3 }).stateDict().get("linear.weight")!.shape).toEqual([3, 64]);
    expect(createModel("lenet", { numClasses: 3 }).stateDict().get("fc2.bias")!.shape).toEqual([3]);
  });

  test("counts batches in buffers, not parameters", () => {
    const model = createModel("lenet");
    expect(model.namedBuffers().every(([, buffer]) => buffer instanceof Buffer)).toBe(true);
    expect(model.parameters().reduce((total, { size }) => total + size, 0)).toBe(207_018);
  });
});
