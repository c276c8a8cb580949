import { loadTorch } from "@tapegrad/formats";
import { type ResNet, tinyResnet } from "@tapegrad/models";
import { registerForwardHook, withoutModeGuard } from "@tapegrad/nn";
import { noGrad, ones, type Tensor } from "@tapegrad/tensor";
import { cat } from "@tapegrad/tensor/ops/cat";
import { softmax } from "@tapegrad/tensor/ops/softmax";
import { expectClose } from "@tapegrad/testing";
import { beforeAll, describe, expect, test } from "vitest";
import { checkpoints, golden, readPictures } from "./pit.ts";

// Softmax values: PyTorch's, to 1e-4.
const tolerance = { rtol: 0, atol: 1e-4 };

let pictures: Tensor[];
beforeAll(async () => {
  pictures = await readPictures();
});

/** The golden train passes ran without dropout. */
async function load(checkpoint: string): Promise<ResNet> {
  const model = tinyResnet({ dropout: 0 });
  model.loadStateDict(await loadTorch(checkpoint));
  return model;
}

function predict(model: ResNet, input: Tensor): Tensor {
  return withoutModeGuard(() => noGrad(() => softmax(model.forward(input), 1)));
}

function countRight(rows: readonly Tensor[]): number {
  const values = rows.flatMap((row) =>
    Array.from({ length: row.shape[0]! }, (_, i) => Array.from(row.dataSync().subarray(5 * i, 5 * i + 5))),
  );
  return values.filter((row, i) => row.indexOf(Math.max(...row)) === golden.labels[i]).length;
}

describe.each(checkpoints)("the pit, from %s", (checkpoint) => {
  test("eval mode, one picture at a time: 20 of 20", async () => {
    const model = (await load(checkpoint)).eval();
    const rows = pictures.map((picture) => predict(model, picture));
    rows.forEach((row, i) => expectClose(row, golden.evalSoftmax[i]!, tolerance));
    expect(countRight(rows)).toBe(20);
  });

  test("train mode, one picture at a time: 10 of 20, and still 20 of 20 in eval mode afterwards", async () => {
    const model = (await load(checkpoint)).train();
    const rows = pictures.map((picture) => predict(model, picture));
    rows.forEach((row, i) => expectClose(row, golden.trainOneByOne_dropout0[i]!, tolerance));
    expect(countRight(rows)).toBe(10);
    model.eval();
    const after = pictures.map((picture) => predict(model, picture));
    after.forEach((row, i) => expectClose(row, golden.evalAfterTrainOneByOne[i]!, tolerance));
    expect(countRight(after)).toBe(20);
  });

  test("train mode, all twenty at once: 20 of 20; the pit hides in batches", async () => {
    const rows = [predict((await load(checkpoint)).train(), cat(pictures, 0))];
    expectClose(rows[0]!, golden.trainSoftmaxBatch20_dropout0.flat(), tolerance);
    expect(countRight(rows)).toBe(20);
  });

  test("train mode in pairs moves the running statistics as PyTorch does", async () => {
    const model = (await load(checkpoint)).train();
    const rows = Array.from({ length: 10 }, (_, i) => predict(model, cat([pictures[2 * i]!, pictures[2 * i + 1]!], 0)));
    rows.forEach((row, i) =>
      expectClose(row, golden.trainSoftmaxPairs_dropout0.slice(2 * i, 2 * i + 2).flat(), tolerance),
    );
    expectClose(model.bn1.runningMean!, golden.bn1RunningMeanAfterTrainPairs);
    model.eval();
    pictures.forEach((picture, i) =>
      expectClose(predict(model, picture), golden.evalSoftmaxAfterTrainPairs[i]!, tolerance),
    );
  });
});

test("every layer of the tiny ResNet computes what PyTorch's does", async () => {
  const model = (await load(checkpoints[0]!)).eval();
  const taps = new Map<string, Tensor>();
  for (const [name, module] of model.namedChildren())
    registerForwardHook(module, (_module, _inputs, output) => void taps.set(name, output as Tensor));
  const logits = model.forward(pictures[0]!);
  expectClose(logits, golden.image0.taps_eval["fc"]!.first8);
  for (const [name, { shape, sum, absmax, first8 }] of Object.entries(golden.image0.taps_eval)) {
    const tap = taps.get(name === "flatten" ? "avgpool" : name)!;
    const values = Array.from(tap.dataSync());
    expect(tap.size).toBe(shape.reduce((a, b) => a * b, 1));
    expectClose(values.slice(0, first8.length), first8);
    expectClose([values.reduce((a, b) => a + b, 0)], [sum], { rtol: 1e-4, atol: 1e-2 });
    expectClose([Math.max(...values.map(Math.abs))], [absmax]);
  }
});

test("one picture of 32×32 in train mode is refused in PyTorch's words: one value per channel is left", async () => {
  const model = (await load(checkpoints[0]!)).train();
  expect(golden.trainOneImage32x32Error).toContain("Expected more than 1 value per channel when training");
  expect(() => model.forward(ones([1, 3, 32, 32]))).toThrow(/Expected more than 1 value per channel when training/i);
});
