import {
  BatchNorm2d,
  Conv2d,
  Dropout,
  Embedding,
  Flatten,
  Linear,
  MaxPool2d,
  ReLU,
  Sequential,
  summary,
} from "@tapegrad/nn";
import { defaultGenerator, tensor } from "@tapegrad/tensor";
import { expect, test } from "vitest";

const network = (): Sequential =>
  new Sequential({
    features: new Sequential(new Conv2d(1, 4, 3, { padding: 1 }), new BatchNorm2d(4), new ReLU(), new MaxPool2d(2)),
    flat: new Flatten(),
    drop: new Dropout(),
    head: new Linear(4 * 4 * 4, 10),
  });

test("a summary lists shapes, parameters, modes and costs", () => {
  const model = network();
  model.at(0).freeze();
  model.at(3).requireGrad(false);
  const found = summary(model, [2, 1, 8, 8]);
  expect(found.rows.map(({ name, kind, outputShape }) => [name, kind, outputShape])).toEqual([
    ["", "Sequential", [2, 10]],
    ["features", "Sequential", [2, 4, 4, 4]],
    ["features.0", "Conv2d", [2, 4, 8, 8]],
    ["features.1", "BatchNorm2d", [2, 4, 8, 8]],
    ["features.2", "ReLU", [2, 4, 8, 8]],
    ["features.3", "MaxPool2d", [2, 4, 4, 4]],
    ["flat", "Flatten", [2, 64]],
    ["drop", "Dropout", [2, 64]],
    ["head", "Linear", [2, 10]],
  ]);
  expect(found.rows.map((row) => row.parameters)).toEqual([0, 0, 40, 8, 0, 0, 0, 0, 650]);
  expect(found.rows.map((row) => row.mode)).toEqual([
    "train",
    ...Array<string>(5).fill("frozen"),
    "train",
    "train",
    "train",
  ]);
  expect(found.rows.map((row) => row.multiplyAdds)).toEqual([0, 0, 2 * 64 * 4 * 9, 0, 0, 0, 0, 0, 2 * 640]);
  expect([found.parameters, found.trainable, found.multiplyAdds]).toEqual([698, 48, 4608 + 1280]);
});

test("a summary changes neither statistics, modes nor the generator, and leaves no hook", () => {
  const model = network();
  model.at(2).eval();
  for (const module of model.at(0).freeze().modules()) module.training = true;
  const [modes, generator] = [model.modules().map((module) => module.training), defaultGenerator().getState()];
  const state = [...model.stateDict({ copy: true }).values()].map((value) => value.dataSync());
  summary(model, [1, 1, 8, 8]);
  expect(model.modules().map((module) => module.training)).toEqual(modes);
  expect(defaultGenerator().getState()).toEqual(generator);
  expect([...model.stateDict().values()].map((value) => value.dataSync())).toEqual(state);
  expect(model.modules().some((module) => Object.hasOwn(module, "forward"))).toBe(false);
});

test("modes come back even if the forward pass fails", () => {
  const model = network();
  expect(() => summary(model, [1, 2, 8, 8])).toThrow(/channels/);
  expect(model.modules().every((module) => module.training)).toBe(true);
});

test("the table has one line for each module, and the totals", () => {
  const lines = String(summary(network(), [1, 1, 8, 8])).split("\n");
  expect(lines).toHaveLength(11);
  expect(lines[3]).toMatch(/^ {4}features\.0 \(Conv2d\) +\[1, 4, 8, 8\] +40 {2}train +2,304$/);
  expect(lines.at(-1)).toBe("698 parameters, 698 of them trainable; 2,944 multiply-adds");
});

test("an input that is not float32 is given as a tensor", () => {
  const found = summary(new Sequential(new Embedding(5, 3), new Linear(3, 2)), tensor([[0, 4]], { dtype: "int32" }));
  expect(found.rows.map((row) => row.outputShape)).toEqual([
    [1, 2, 2],
    [1, 2, 3],
    [1, 2, 2],
  ]);
});
