import { grad } from "@tapegrad/autograd";
import {
  DTypeError,
  ShapeError,
  Tensor,
  ValueError,
  add,
  batchNorm,
  fromHost,
  full,
  mul,
  noGrad,
  ones,
  randn,
  scalar,
  setThreads,
  sum,
  tensor,
  zeros,
} from "@tapegrad/tensor";
import { batchNormConfigurations, eachDevice, expectClose } from "@tapegrad/testing";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

/** Mean and variance of each channel of `[n, c, …]`, in double precision. */
function statistics(x: Tensor, correction: 0 | 1): { means: number[]; variances: number[] } {
  const values = x.dataSync();
  const [n, c] = x.shape as [number, number];
  const inner = x.size / (n * c);
  const channels = Array.from({ length: c }, (_, channel) =>
    Array.from({ length: n * inner }, (_, i) => values[(Math.floor(i / inner) * c + channel) * inner + (i % inner)]!),
  );
  const means = channels.map((channel) => channel.reduce((a, b) => a + b, 0) / channel.length);
  const variances = channels.map(
    (channel, i) =>
      channel.reduce((total, value) => total + (value - means[i]!) ** 2, 0) / (channel.length - correction),
  );
  return { means, variances };
}

eachDevice((name) => {
  test("[1, 3] becomes [−1, 1]", () => {
    expectClose(batchNorm(tensor([[1], [3]]), { training: true, eps: 0 }), [-1, 1]);
  });

  test("scale and shift follow the normalisation", () => {
    expectClose(
      batchNorm(tensor([[1], [3]]), { training: true, eps: 0, weight: tensor([5]), bias: tensor([10]) }),
      [5, 15],
    );
  });

  test("running statistics follow x_new = (1 − α)·x + α·x_t with the unbiased variance, after every batch", () => {
    fc.assert(
      fc.property(batchNormConfigurations({ maxFeatures: 6 }), ({ features, momentum, eps, batchShapes }) => {
        const [runningMean, runningVar, numBatchesTracked] = [zeros([features]), ones([features]), scalar(0, "int32")];
        let [means, variances] = [new Array<number>(features).fill(0), new Array<number>(features).fill(1)];
        batchShapes.forEach((shape, i) => {
          const x = randn(shape);
          batchNorm(x, { runningMean, runningVar, numBatchesTracked, momentum, eps, training: true });
          const alpha = momentum ?? 1 / (i + 1);
          const batch = statistics(x, 1);
          means = means.map((mean, c) => (1 - alpha) * mean + alpha * batch.means[c]!);
          variances = variances.map((variance, c) => (1 - alpha) * variance + alpha * batch.variances[c]!);
          expectClose(runningMean, means, { rtol: 1e-5, atol: 1e-5 });
          expectClose(runningVar, variances, { rtol: 1e-5, atol: 1e-5 });
          expect(numBatchesTracked.itemSync()).toBe(i + 1);
        });
      }),
      { numRuns: name === "gpu:cpu" ? 30 : 100 },
    );
  });

  test("eval mode uses the running statistics and leaves them alone", () => {
    const [runningMean, runningVar, numBatchesTracked] = [tensor([1, 2]), tensor([4, 9]), scalar(3, "int32")];
    const y = batchNorm(tensor([[3, 5]]), { runningMean, runningVar, numBatchesTracked, eps: 0 });
    expectClose(y, [1, 1]);
    expectClose(runningMean, [1, 2]);
    expectClose(runningVar, [4, 9]);
    expect(numBatchesTracked.itemSync()).toBe(3);
  });

  test("without running statistics, eval mode too uses those of the batch", () => {
    expectClose(batchNorm(tensor([[1], [3]]), { eps: 0 }), [-1, 1]);
  });

  test("noGrad does not stop the statistics", () => {
    const runningMean = zeros([1]);
    noGrad(() => batchNorm(tensor([[1], [3]]), { runningMean, runningVar: ones([1]), training: true, momentum: 1 }));
    expectClose(runningMean, [2]);
  });

  test("statistics are those of a loop in double precision, wherever a plane ends", () => {
    for (let inner = 1; inner <= 48; inner++) {
      const x = add(randn([3, 2, inner]), -5);
      const [runningMean, runningVar] = [zeros([2]), zeros([2])];
      batchNorm(x, { runningMean, runningVar, training: true, momentum: 1 });
      const { means, variances } = statistics(x, 1);
      expectClose(runningMean, means, { rtol: 1e-6 });
      expectClose(runningVar, variances, { rtol: 1e-5 });
    }
  });

  test("a mean of 4096 does not swallow the variance", () => {
    const noise = randn([8, 3, 9, 7]);
    const x = add(mul(noise, 0.25), 4096);
    const { means, variances } = statistics(x, 0);
    const [runningMean, runningVar] = [zeros([3]), zeros([3])];
    const y = batchNorm(x, { runningMean, runningVar, training: true, momentum: 1 });
    expectClose(runningMean, means, { rtol: 1e-6 });
    expectClose(
      runningVar,
      variances.map((variance) => (variance * 504) / 503),
      { rtol: 1e-4 },
    );
    const values = x.dataSync();
    const expected = Float64Array.from(values, (value, i) => {
      const c = Math.floor(i / 63) % 3;
      return (value - means[c]!) / Math.sqrt(variances[c]! + 1e-5);
    });
    expectClose(y, expected, { rtol: 1e-5, atol: 1e-5 });
  });

  test("nor does a first picture that is unlike the others", () => {
    const pictures = [3000, ...Array.from({ length: 15 }, (_, i) => i / 16)];
    const x = fromHost(Float32Array.from(pictures.flatMap((value) => [value, value + 0.25])), [16, 1, 2]);
    const values = pictures.flatMap((value) => [value, value + 0.25]);
    const mean = values.reduce((a, b) => a + b) / values.length;
    const variance = values.reduce((a, b) => a + (b - mean) ** 2, 0) / values.length;
    expectClose(
      batchNorm(x, { training: true }),
      values.map((value) => (value - mean) / Math.sqrt(variance + 1e-5)),
      { rtol: 1e-5, atol: 1e-6 },
    );
  });

  test("the result ignores scale and shift of the input", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 16 }), fc.integer({ min: -16, max: 16 }), (scale, shift) => {
        const x = randn([4, 2, 3, 3]);
        const moved = batchNorm(add(mul(x, scale / 4), shift / 4), { training: true, eps: 0 });
        expectClose(moved, batchNorm(x, { training: true, eps: 0 }), { rtol: 1e-4, atol: 1e-4 });
      }),
      { numRuns: 30 },
    );
  });

  test("gradients for the input sum to zero and are orthogonal to the result, channel by channel", () => {
    const x = randn([5, 3, 4, 4], { requiresGrad: true });
    const y = batchNorm(x, { training: true, eps: 0 });
    const dx = grad([y], [x], { gradOutputs: [randn([5, 3, 4, 4])] })[0]!;
    expectClose(sum(dx, [0, 2, 3]), [0, 0, 0], { atol: 1e-4 });
    expectClose(sum(mul(dx, y.detach()), [0, 2, 3]), [0, 0, 0], { atol: 1e-4 });
  });

  test("gradients are those of a loop in double precision, wherever the mean lies and a plane ends", () => {
    const cases = fc.record({
      n: fc.integer({ min: 2, max: 4 }),
      c: fc.oneof({ weight: 5, arbitrary: fc.integer({ min: 1, max: 5 }) }, fc.constantFrom(64, 131)),
      inner: fc.oneof(fc.constantFrom(1, 2, 25, 36), fc.integer({ min: 1, max: 45 })),
      mean: fc.constantFrom(0, 3, -40),
      training: fc.boolean(),
    });
    fc.assert(
      fc.property(cases, ({ n, c, inner, mean, training }) => {
        const shape = [n, c, inner];
        const x = add(randn(shape), mean).detach();
        const [weight, bias, g] = [
          randn([c], { requiresGrad: true }),
          randn([c], { requiresGrad: true }),
          randn(shape),
        ];
        x.requiresGrad = true;
        const running = training ? {} : { runningMean: full([c], mean + 1), runningVar: full([c], 2) };
        const eps = 0.1;
        const found = grad([batchNorm(x, { ...running, weight, bias, training, eps })], [x, weight, bias], {
          gradOutputs: [g],
        });
        const { means, variances } = training
          ? statistics(x, 0)
          : { means: new Array<number>(c).fill(mean + 1), variances: new Array<number>(c).fill(2) };
        const [gs, scale] = [g.dataSync(), weight.dataSync()];
        const channelOf = (i: number): number => Math.floor(i / inner) % c;
        const hats = Array.from(x.dataSync(), (value, i) => {
          const channel = channelOf(i);
          return (value - means[channel]!) / Math.sqrt(variances[channel]! + eps);
        });
        const [dweight, dbias] = [new Float64Array(c), new Float64Array(c)];
        hats.forEach((hat, i) => {
          dweight[channelOf(i)]! += gs[i]! * hat;
          dbias[channelOf(i)]! += gs[i]!;
        });
        const count = n * inner;
        const dx = hats.map((hat, i) => {
          const channel = channelOf(i);
          const throughStatistics = training ? (dbias[channel]! + hat * dweight[channel]!) / count : 0;
          return (scale[channel]! / Math.sqrt(variances[channel]! + eps)) * (gs[i]! - throughStatistics);
        });
        // x itself is off by an ulp of its mean.
        for (const [i, expected] of [dx, dweight, dbias].entries())
          expectClose(found[i]!, expected, { rtol: 1e-3, atol: 3e-4 });
      }),
      { numRuns: name === "gpu:cpu" ? 30 : 100 },
    );
  });

  test("a constant channel becomes its shift, without NaN", () => {
    const x = full([2, 1, 3, 3], 7, { requiresGrad: true });
    const y = batchNorm(x, { training: true, bias: tensor([2]) });
    expectClose(y, new Float32Array(18).fill(2));
    expect(
      grad([sum(mul(y, y))], [x])[0]!
        .dataSync()
        .every(Number.isFinite),
    ).toBe(true);
  });

  test("an empty batch gives an empty batch, is counted, and moves nothing", () => {
    const [runningMean, runningVar, numBatchesTracked] = [zeros([3]), ones([3]), scalar(0, "int32")];
    const weight = ones([3], { requiresGrad: true });
    const y = batchNorm(zeros([0, 3, 2, 2]), { runningMean, runningVar, numBatchesTracked, weight, training: true });
    expect(y.shape).toEqual([0, 3, 2, 2]);
    expectClose(runningMean, [0, 0, 0]);
    expectClose(runningVar, [1, 1, 1]);
    expect(numBatchesTracked.itemSync()).toBe(1);
    expectClose(grad([sum(y)], [weight])[0]!, [0, 0, 0]);
  });
});

describe("threads", () => {
  test("results are the same to the last bit for any number of threads", () => {
    const weight = randn([12], { requiresGrad: true });
    const values = randn([33, 12, 13, 11]).dataSync() as Float32Array;
    const run = (): readonly ArrayLike<number>[] => {
      const x = fromHost(values, [33, 12, 13, 11], true);
      const y = batchNorm(x, { weight, training: true });
      return [y, ...grad([sum(mul(y, y))], [x, weight])].map((result) => result!.dataSync());
    };
    setThreads(1);
    const alone = run();
    for (const threads of [2, 4]) {
      setThreads(threads);
      expect(run()).toEqual(alone);
    }
  });
});

describe("refusals", () => {
  test.each<[string, () => Tensor, abstract new (...args: never[]) => Error, string]>([
    [
      "one value per channel",
      () => batchNorm(zeros([1, 3, 1, 1]), { training: true }),
      ShapeError,
      "Expected more than 1 value per channel when training, got input size [1, 3, 1, 1]",
    ],
    [
      "a batch of one row",
      () => batchNorm(zeros([1, 3]), { training: true }),
      ShapeError,
      "Expected more than 1 value per channel when training, got input size [1, 3]",
    ],
    [
      "channels",
      () => batchNorm(zeros([2, 4]), { weight: zeros([3]), training: true }),
      ShapeError,
      "batchNorm: input has 4 channels but weight has shape [3]",
    ],
    [
      "running statistics",
      () => batchNorm(zeros([2, 4]), { runningMean: zeros([4]), runningVar: zeros([5]) }),
      ShapeError,
      "batchNorm: input has 4 channels but runningVar has shape [5]",
    ],
    [
      "rank",
      () => batchNorm(zeros([4]), {}),
      ShapeError,
      "batchNorm: expected an input of shape [n, c, …], got shape [4]",
    ],
    [
      "eps",
      () => batchNorm(zeros([2, 4]), { eps: -1 }),
      ValueError,
      "batchNorm: eps must be a finite number, not negative, got -1",
    ],
    [
      "momentum",
      () => batchNorm(zeros([2, 4]), { momentum: NaN }),
      ValueError,
      "batchNorm: momentum must be a finite number or null, got NaN",
    ],
    [
      "cumulative without a count",
      () =>
        batchNorm(randn([2, 1]), { runningMean: zeros([1]), runningVar: ones([1]), momentum: null, training: true }),
      ValueError,
      "momentum null averages all batches, which needs numBatchesTracked",
    ],
    [
      "int32",
      () => batchNorm(zeros([2, 4], { dtype: "int32" })),
      DTypeError,
      "batchNorm: expected a float32 input, got int32",
    ],
  ])("%s", (_, call, type, message) => {
    expect(call).toThrow(type);
    expect(call).toThrow(message);
  });

  test("[1, c, 2, 2] has more than one value per channel", () => {
    expect(batchNorm(zeros([1, 3, 2, 2]), { training: true })).toBeInstanceOf(Tensor);
  });
});
