/** The tutorial's experiments with batch norm, which docs/guide/train-and-eval.md tells of. */
import { BatchNorm1d, BatchNorm2d } from "@tapegrad/nn";
import { Generator, mean, randn, type Tensor, variance } from "@tapegrad/tensor";
import { eachDevice, expectClose } from "@tapegrad/testing";
import { expect, test } from "vitest";

const batchOf = (seed: number): Tensor => randn([8, 3, 5, 4], { generator: new Generator(seed) });
const meanOf = (batch: Tensor): Tensor => mean(batch, [0, 2, 3]);
const varianceOf = (batch: Tensor): Tensor => variance(batch, [0, 2, 3]);
const data = (tensor: Tensor): number[] => [...tensor.dataSync()];

eachDevice(() => {
  test("after one batch with momentum 0.1, the running statistics have gone a tenth of the way from 0 and 1 to the batch's", () => {
    const norm = new BatchNorm2d(3, { momentum: 0.1 });
    const batch = batchOf(1);
    norm.forward(batch);
    expectClose(
      norm.runningMean!,
      data(meanOf(batch)).map((value) => 0.1 * value),
    );
    expectClose(
      norm.runningVar!,
      data(varianceOf(batch)).map((value) => 0.9 + 0.1 * value),
    );
  });

  test("after one batch with momentum 1.0, they equal the batch's", () => {
    const norm = new BatchNorm2d(3, { momentum: 1 });
    const batch = batchOf(2);
    norm.forward(batch);
    expectClose(norm.runningMean!, data(meanOf(batch)));
    expectClose(norm.runningVar!, data(varianceOf(batch)));
  });

  test("with momentum 1.0, they are those of the last batch only", () => {
    const norm = new BatchNorm2d(3, { momentum: 1 });
    for (let i = 0; i < 10; i++) norm.forward(batchOf(i));
    expectClose(norm.runningMean!, data(meanOf(batchOf(9))));
    expectClose(norm.runningVar!, data(varianceOf(batchOf(9))));
    expect(norm.numBatchesTracked!.itemSync()).toBe(10);
  });

  test("with momentum null, they are the average of all batches", () => {
    const norm = new BatchNorm2d(3, { momentum: null });
    const batches = Array.from({ length: 10 }, (_, i) => batchOf(i));
    for (const batch of batches) norm.forward(batch);
    const average = (of: (batch: Tensor) => Tensor): number[] =>
      [0, 1, 2].map((c) => batches.reduce((sum, batch) => sum + of(batch).dataSync()[c]!, 0) / 10);
    expectClose(norm.runningMean!, average(meanOf));
    expectClose(norm.runningVar!, average(varianceOf));
    expect(norm.numBatchesTracked!.itemSync()).toBe(10);
  });

  test("numBatchesTracked counts the batches of train mode, and no others", () => {
    const norm = new BatchNorm2d(3);
    for (let i = 0; i < 10; i++) norm.forward(batchOf(i));
    norm.eval();
    for (let i = 0; i < 5; i++) norm.forward(batchOf(i));
    expect(norm.numBatchesTracked!.itemSync()).toBe(10);
  });

  test("affine true: each channel has a weight of 1 and a bias of 0 to learn; affine false: neither", () => {
    const norm = new BatchNorm1d(2);
    expect(norm.namedParameters().map(([name, parameter]) => [name, data(parameter)])).toEqual([
      ["weight", [1, 1]],
      ["bias", [0, 0]],
    ]);
    const plain = new BatchNorm1d(2, { affine: false });
    expect([plain.parameters(), plain.weight, plain.bias]).toEqual([[], null, null]);
    const batch = randn([6, 2], { generator: new Generator(3) });
    expectClose(plain.forward(batch), data(norm.forward(batch)));
  });

  test("trackRunningStats true: three buffers, and eval mode uses them; false: none, and both modes use the batch", () => {
    const tracking = new BatchNorm2d(3);
    expect([...tracking.stateDict().keys()]).toEqual([
      "weight",
      "bias",
      "running_mean",
      "running_var",
      "num_batches_tracked",
    ]);
    const bare = new BatchNorm2d(3, { trackRunningStats: false });
    expect([bare.runningMean, bare.runningVar, bare.numBatchesTracked]).toEqual([null, null, null]);
    expect([...bare.stateDict().keys()]).toEqual(["weight", "bias"]);
    const batch = batchOf(4);
    const inTrain = data(bare.forward(batch));
    expect(data(bare.eval().forward(batch))).toEqual(inTrain);
    const apart = data(tracking.forward(batch)).map((value, i) =>
      Math.abs(value - tracking.eval().forward(batch).dataSync()[i]!),
    );
    expect(Math.max(...apart)).toBeGreaterThan(0.01);
  });
});
