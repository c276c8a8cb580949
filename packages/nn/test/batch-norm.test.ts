import { backward } from "@tapegrad/autograd";
import { BatchNorm1d, BatchNorm2d, withoutModeGuard } from "@tapegrad/nn";
import { fromHost, noGrad, ones, randn, ShapeError, tensor, type Tensor, ValueError } from "@tapegrad/tensor";
import {
  type BatchNormConfiguration,
  batchNormRuns,
  eachDevice,
  expectClose,
  runningStatisticsLaw,
} from "@tapegrad/testing";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";

const make = ({ features, momentum, eps, affine }: BatchNormConfiguration): BatchNorm2d =>
  new BatchNorm2d(features, { momentum, eps, affine });

const statistics = (norm: BatchNorm2d): number[][] => norm.buffers().map((buffer) => [...buffer.dataSync()]);

eachDevice(() => {
  test("running statistics follow x_new = (1 − α)·x + α·x_t with the unbiased variance after every batch", () => {
    fc.assert(runningStatisticsLaw(make), { numRuns: 100 });
  });

  test("eval mode never changes the statistics, with or without gradients", () => {
    fc.assert(
      fc.property(batchNormRuns(), fc.boolean(), ({ configuration, batches }, recorded) => {
        const norm = make(configuration);
        const batch = (t: number): Tensor => fromHost(Float32Array.from(batches[t]!), configuration.batchShapes[t]!);
        norm.forward(batch(0));
        norm.eval();
        const before = statistics(norm);
        for (const t of batches.keys()) {
          if (recorded) norm.forward(batch(t));
          else noGrad(() => norm.forward(batch(t)));
        }
        expect(statistics(norm)).toEqual(before);
      }),
      { numRuns: 100 },
    );
  });

  test("the output of train mode has mean 0 and variance σ²/(σ² + eps) in each channel, whatever the input's scale and shift", () => {
    fc.assert(
      fc.property(batchNormRuns(), fc.integer({ min: 1, max: 64 }), ({ configuration, batches }, scale) => {
        const { features, eps, batchShapes } = configuration;
        const [shape, values] = [batchShapes[0]!, batches[0]!];
        const y = new BatchNorm2d(features, { eps })
          .forward(
            fromHost(
              Float32Array.from(values, (value) => value * scale),
              shape,
            ),
          )
          .dataSync();
        for (let c = 0; c < features; c++) {
          const own = (from: ArrayLike<number>): number[] =>
            Array.from(from).filter((_, i) => Math.floor(i / (shape[2] * shape[3])) % features === c);
          const moments = (list: number[]): [number, number] => {
            const mean = list.reduce((sum, v) => sum + v, 0) / list.length;
            return [mean, list.reduce((sum, v) => sum + (v - mean) ** 2, 0) / list.length];
          };
          const [, variance] = moments(own(values).map((value) => value * scale));
          const [mean, spread] = moments(own(y));
          expectClose([mean], [0], { atol: 1e-4 });
          expectClose([spread], [variance / (variance + eps)], { rtol: 1e-3, atol: 1e-4 });
        }
      }),
      { numRuns: 100 },
    );
  });

  test("noGrad does not stop the statistics: mode and gradients are unrelated", () => {
    const norm = new BatchNorm2d(1, { momentum: 1 });
    withoutModeGuard(() => noGrad(() => norm.forward(tensor([[[[1, 3]]]]))));
    expect(statistics(norm)).toEqual([[2], [2], [1]]);
  });

  test("a frozen batch norm keeps its statistics while its scale and shift learn", () => {
    const norm = new BatchNorm2d(2).freeze().train();
    const before = statistics(norm);
    const y = norm.forward(randn([3, 2, 2, 2]));
    backward(y, { gradient: ones(y.shape) });
    expect(statistics(norm)).toEqual(before);
    expect(norm.weight!.grad).not.toBeNull();
  });

  test("tracking switched off later: train mode uses the batch and neither updates nor counts, eval uses the buffers", () => {
    const norm = new BatchNorm2d(1, { momentum: 1 });
    norm.forward(tensor([[[[1, 3]]]]));
    norm.trackRunningStats = false;
    const before = statistics(norm);
    expectClose(norm.forward(tensor([[[[10, 14]]]])), [-1, 1]);
    expect(statistics(norm)).toEqual(before);
    norm.eval();
    expectClose(norm.forward(tensor([[[[2, 2 + Math.SQRT2]]]])), [0, 1]);
  });
});

describe("bad input", () => {
  test("ranks other than the layer's are refused", () => {
    expect(() => new BatchNorm2d(3).forward(ones([2, 3]))).toThrow(
      /expected input \[n, c, h, w\], got 2D input \[2, 3\]/,
    );
    expect(() => new BatchNorm1d(3).forward(ones([2, 3, 1, 1]))).toThrow(ShapeError);
  });

  test("other channels are refused, running statistics or not", () => {
    expect(() => new BatchNorm2d(3).forward(ones([2, 4, 2, 2]))).toThrow(/expected 3 channels along axis 1, got 4/);
    const bare = new BatchNorm2d(3, { affine: false, trackRunningStats: false });
    expect(() => bare.forward(ones([2, 4, 2, 2]))).toThrow(ShapeError);
  });

  test("one value for each channel is refused while training, and changes nothing; several pixels or eval mode are legal", () => {
    const norm = new BatchNorm2d(3);
    expect(() => norm.forward(ones([1, 3, 1, 1]))).toThrow(
      /more than 1 value per channel when training.*\[1, 3, 1, 1\]/,
    );
    expect(() => new BatchNorm1d(3).forward(ones([1, 3]))).toThrow(
      /more than 1 value per channel when training.*\[1, 3\]/,
    );
    expect(norm.numBatchesTracked!.itemSync()).toBe(0);
    expect(norm.forward(ones([1, 3, 2, 2])).shape).toEqual([1, 3, 2, 2]);
    expect(norm.eval().forward(ones([1, 3, 1, 1])).shape).toEqual([1, 3, 1, 1]);
    const untouched = new BatchNorm1d(3).eval();
    expect(withoutModeGuard(() => untouched.forward(ones([1, 3]))).shape).toEqual([1, 3]);
  });

  test("constructor arguments out of range or unknown are refused", () => {
    expect(() => new BatchNorm2d(0)).toThrow(/numFeatures must be a positive integer, got 0/);
    expect(() => new BatchNorm2d(2, { eps: -1 })).toThrow(ValueError);
    expect(() => new BatchNorm2d(2, { eps: NaN })).toThrow(ValueError);
    expect(() => new BatchNorm2d(2, { momentum: Infinity })).toThrow(
      /momentum must be a finite number or null, got Infinity/,
    );
    expect(() => new BatchNorm2d(2, { decay: 0.9 } as object)).toThrow(/BatchNorm2d: unknown option decay/);
  });
});
