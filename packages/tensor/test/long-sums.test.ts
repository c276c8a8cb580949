import { grad } from "@tapegrad/autograd";
import {
  avgPool2d,
  batchNorm,
  conv2d,
  fromHost,
  full,
  linear,
  logSoftmax,
  matmul,
  maxPool2d,
  mul,
  ones,
  relu,
  slice,
  sum,
  type Tensor,
  useDevice,
} from "@tapegrad/tensor";
import { expectClose } from "@tapegrad/testing";
import { beforeAll, describe, test } from "vitest";

/** Elements that are added up. Added one after another in float32, thirds would be off by a hundredth. */
const COUNT = 2 ** 22;
const SIDE = 2 ** 11;
const THIRD = Math.fround(1 / 3);
const close = { rtol: 2e-5, atol: 0 };

/** 0 and 2/3 in turn: a mean of 1/3, a variance of 1/9. */
function alternating(shape: readonly number[]): Tensor {
  return fromHost(
    Float32Array.from({ length: shape.reduce((a, b) => a * b) }, (_, i) => (i % 2) * 2 * THIRD),
    shape,
  );
}

describe("sums of four million values on wasm are as exact as others", () => {
  beforeAll(() => useDevice("wasm"));

  test("dot products", () => {
    expectClose(matmul(full([1, COUNT], THIRD), ones([COUNT, 1])), [COUNT * THIRD], close);
    const five = new Array<number>(5).fill(COUNT * THIRD);
    expectClose(linear(full([1, COUNT], THIRD), ones([5, COUNT])), five, close);
  });

  test("softmax, of rows and of columns", () => {
    // The first is 1, all others are thirds of it.
    const logits = new Float32Array(2 * COUNT).fill(-Math.log(3)).fill(0, 0, 2);
    const first = -Math.log(1 + (COUNT - 1) / 3);
    const rows = logSoftmax(fromHost(logits.subarray(1, COUNT + 1), [COUNT]), 0);
    expectClose(slice(rows, 0, 0, 1), [first], close);
    const columns = logSoftmax(fromHost(logits, [COUNT, 2]), 0);
    expectClose(slice(columns, 0, 0, 1), [first, first], close);
  });

  test("average pooling, of rows, columns and planes", () => {
    for (const extents of [
      [1, COUNT],
      [COUNT, 1],
      [SIDE, SIDE],
    ] as const)
      expectClose(avgPool2d(full([1, 1, ...extents], THIRD), extents), [THIRD], close);
  });

  test("statistics and gradients of batch norm, by itself and with relu and pooling", () => {
    for (const extents of [
      [SIDE, SIDE],
      [SIDE - 1, SIDE + 1],
    ] as const) {
      const x = alternating([1, 1, ...extents]);
      const [weight, bias] = [ones([1]), full([1], 2)];
      weight.requiresGrad = bias.requiresGrad = true;
      const runningMean = full([1], 0);
      const runningVar = full([1], 0);
      const y = batchNorm(x, { runningMean, runningVar, weight, bias, training: true, momentum: 1, eps: 0 });
      expectClose(runningMean, [THIRD], close);
      expectClose(runningVar, [1 / 9], close);
      const count = extents[0] * extents[1];
      const thirds = full([1, 1, ...extents], THIRD);
      const [, gradBias] = grad(sum(mul(y, thirds)), [weight, bias]);
      expectClose(gradBias!, [count * THIRD], close);
      const z = maxPool2d(relu(batchNorm(x, { runningMean, runningVar, weight, bias, training: true, eps: 0 })), 2);
      // Every window's largest value is 1 from the mean.
      const [pooledWeight, pooledBias] = grad(sum(mul(z, full(z.shape, THIRD))), [weight, bias]);
      expectClose(pooledBias!, [z.size * THIRD], close);
      expectClose(pooledWeight!, [z.size * THIRD], close);
    }
  });

  test("gradients of a convolution's weights", () => {
    for (const [inChannels, outChannels] of [
      [1, 1],
      [1, 4],
    ] as const) {
      const weight = ones([outChannels, inChannels, 1, 1]);
      weight.requiresGrad = true;
      const y = conv2d(ones([1, inChannels, SIDE, SIDE]), weight);
      const [gradient] = grad(sum(mul(y, full(y.shape, THIRD))), [weight]);
      expectClose(gradient!, new Array<number>(outChannels).fill(COUNT * THIRD), close);
    }
  });

  test("gradients of a convolution's weights by Winograd's method", () => {
    const weight = ones([16, 16, 3, 3]);
    weight.requiresGrad = true;
    const y = conv2d(ones([1, 16, 512, 512]), weight, null, { padding: 0 });
    const [gradient] = grad(sum(mul(y, full(y.shape, THIRD))), [weight]);
    expectClose(gradient!, new Array<number>(weight.size).fill(510 * 510 * THIRD), close);
  });
});
