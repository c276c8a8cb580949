import { grad } from "@tapegrad/autograd";
import {
  abs,
  adamStep,
  amax,
  amin,
  batchNorm,
  crossEntropy,
  dropout2d,
  full,
  Generator,
  logaddexp,
  logSumExp,
  max,
  min,
  mul,
  norm,
  ones,
  pow,
  scalar,
  sgdStep,
  sign,
  sinc,
  softplus,
  std,
  sum,
  tensor,
  type Tensor,
  variance,
  withDevice,
  zeros,
} from "@tapegrad/tensor";
import { Float64Device } from "@tapegrad/tensor/devices/float64";
import { eachDevice, expectClose } from "@tapegrad/testing";
import { describe, expect, test } from "vitest";

const { NaN: nan } = Number;
const inf = Infinity;

const leaf = (...values: number[]): Tensor => tensor(values, { requiresGrad: true });

function slope(f: (x: Tensor) => Tensor, ...values: number[]): Tensor {
  const x = leaf(...values);
  return grad(sum(f(x)), [x])[0]!;
}

/** Derivatives of the sum of f's first derivatives. */
function slopeOfSlope(f: (x: Tensor) => Tensor, ...values: number[]): Tensor {
  const x = leaf(...values);
  return grad(sum(grad(sum(f(x)), [x], { createGraph: true })[0]!), [x])[0]!;
}

/** The sign of a zero counts here, which `expectClose` does not see. */
const exactly = (x: Tensor): number[] => Array.from(x.dataSync());

/** Expected values are those of PyTorch 1.13. `on` says where a test runs. */
function claims(on: (body: () => void) => () => void): void {
  test(
    "the sign of NaN is 0, and so is the slope of its magnitude",
    on(() => {
      const values = Array.from({ length: 37 }, (_, i) => [nan, 2, -3, 0][i % 4]!);
      const expected = values.map((value) => Math.sign(value) || 0);
      expect(exactly(sign(tensor(values)))).toEqual(expected);
      expect(exactly(sign(scalar(nan)))).toEqual([0]);
      expectClose(slope(abs, ...values), expected);
      expectClose(
        slope((x) => norm(x, { p: 1 }), nan, 1, -2, 0),
        [0, 1, -1, 0],
      );
    }),
  );

  test(
    "batch norm: an infinite value makes the running mean infinite, and the variance NaN",
    on(() => {
      for (const value of [inf, -inf]) {
        const values = Array.from({ length: 24 }, (_, i) => (i === 18 ? value : i / 7));
        const running = [zeros([3]), ones([3])] as const;
        const x = tensor(values, { shape: [2, 3, 4], requiresGrad: true });
        const y = batchNorm(x, { training: true, runningMean: running[0], runningVar: running[1] });
        expectClose(running[0], [0.10714286, value, 0.22142859]);
        expectClose(running[1], [0.98688042, nan, 0.98688042]);
        expect(exactly(y).map(Number.isNaN)).toEqual(values.map((_, i) => Math.floor(i / 4) % 3 === 1));
        const through = grad(sum(y), [x])[0]!;
        expect(exactly(through).map(Number.isNaN)).toEqual(values.map((_, i) => Math.floor(i / 4) % 3 === 1));
      }
      const both = tensor([inf, -inf, 1, 2], { shape: [4, 1] });
      const mean = zeros([1]);
      batchNorm(both, { training: true, runningMean: mean, runningVar: ones([1]) });
      expectClose(mean, [nan]);
    }),
  );

  test(
    "batch norm: in eval mode an infinite value stays one, alone, and lets gradients through",
    on(() => {
      const x = tensor([1, inf, -inf, 2], { shape: [4, 1], requiresGrad: true });
      const y = batchNorm(x, { runningMean: zeros([1]), runningVar: ones([1]), eps: 0 });
      expectClose(y, [1, inf, -inf, 2]);
      expectClose(grad(y, [x], { gradOutputs: [tensor([1, 2, 3, 4], { shape: [4, 1] })] })[0]!, [1, 2, 3, 4]);
    }),
  );

  test(
    "without weight decay a parameter that is NaN does not poison the optimizer's state",
    on(() => {
      const parameter = tensor([1, nan]);
      const adam = { lr: 0.1, beta1: 0.9, beta2: 0.999, eps: 1e-8, amsgrad: true, maximize: false, weightDecay: 0 };
      const state = { expAvg: zeros([2]), expAvgSq: zeros([2]), maxExpAvgSq: zeros([2]) };
      for (const step of [1, 2, 3])
        adamStep([{ parameter, gradient: full([2], 0.5 * step), ...state }], { ...adam, decoupled: false, step });
      expectClose(parameter, [0.70768172, nan]);
      expectClose(state.expAvg, [0.28049999, 0.28049999]);
      expectClose(state.maxExpAvgSq, [0.0034985, 0.0034985]);

      const sgd = { lr: 0.1, momentum: 0.9, dampening: 0, maximize: false, weightDecay: 0 };
      for (const nesterov of [false, true]) {
        const [weight, momentumBuffer] = [tensor([1, nan]), zeros([2])];
        for (const step of [1, 2, 3])
          sgdStep([{ parameter: weight, gradient: full([2], 0.5 * step), momentumBuffer }], {
            ...sgd,
            nesterov,
            first: step === 1,
          });
        expectClose(momentumBuffer, [2.80500007, 2.80500007]);
        expectClose(weight, [nesterov ? 0.27204999 : 0.5245, nan]);
      }
    }),
  );

  test(
    "the slope of a variance of too few values is infinite, or finite beyond",
    on(() => {
      const of = (correction: number) => (x: Tensor) => variance(x, 0, { correction });
      expectClose(slope(of(2), 1, 2, 4), [-2.66666651, -0.66666651, 3.33333349]);
      expectClose(slope(of(3), 1, 2, 4), [-inf, -inf, inf]);
      expectClose(slope(of(4), 1, 2, 4), [2.66666651, 0.66666651, -3.33333349]);
      expectClose(slope(of(5), 1, 2, 4), [1.33333325, 0.33333325, -1.66666675]);
      expectClose(slope(of(3), 2, 2, 2), [nan, nan, nan]);
      expectClose(slope(of(1), 1), [nan]);
      expectClose(slope(of(2), 1), [0]);
      expectClose(variance(tensor([1, 2, 4]), 0, { correction: 4 }), [inf]);
      expectClose(slopeOfSlope(of(4), 1, 2, 4), [0, 0, 0]);
      expectClose(slopeOfSlope(of(3), 1, 2, 4), [nan, nan, nan]);
      const deviation = (correction: number) => (x: Tensor) => std(x, 0, { correction });
      expectClose(slope(deviation(2), 1, 2, 4), [-0.61721337, -0.1543043, 0.7715168]);
      expectClose(slope(deviation(3), 1, 2, 4), [nan, nan, nan]);
      expectClose(slope(deviation(4), 1, 2, 4), [0, 0, 0]);
      expectClose(slope(deviation(2), 1), [nan]);
    }),
  );

  test.each([
    ["one NaN", [nan, 1, 2], [1, 0, 0]],
    ["two NaNs", [1, nan, nan], [0, 0.5, 0.5]],
    ["a NaN among infinities", [inf, nan, inf], [0, 1, 0]],
  ])("max(x) and min(x) give the gradient to %s, amax and amin give NaN to all", (_, values, expected) =>
    on(() => {
      expectClose(slope(max, ...values), expected);
      expectClose(slope(min, ...values), expected);
      expectClose(
        slope((x) => amax(x), ...values),
        [nan, nan, nan],
      );
      expectClose(
        slope((x) => amin(x, 0), ...values),
        [nan, nan, nan],
      );
      expectClose(
        slope((x) => norm(x, { p: inf }), ...values),
        [0, 0, 0],
      );
    })(),
  );

  test.each([
    [
      [inf, 1, 2],
      [nan, 0, 0],
    ],
    [
      [inf, 100, -100],
      [nan, 0, 0],
    ],
    [
      [inf, -inf, inf],
      [nan, 0, nan],
    ],
    [
      [-inf, 1, 2],
      [0, 0.2689414, 0.73105854],
    ],
    [
      [-inf, -inf, -inf],
      [nan, nan, nan],
    ],
    [
      [nan, 1, inf],
      [nan, nan, nan],
    ],
  ])("the slope of logSumExp at %s is %s", (values, expected) =>
    on(() => {
      expectClose(
        slope((x) => logSumExp(x, 0), ...values),
        expected,
      );
    })(),
  );

  test(
    "powers of ½ and −½ are roots, also of −0 and −∞",
    on(() => {
      const points = [-inf, -4, -0, 0, 4, inf, nan];
      expect(exactly(pow(tensor(points), 0.5))).toEqual([nan, nan, -0, 0, 2, inf, nan]);
      expect(exactly(pow(tensor(points), -0.5))).toEqual([nan, nan, -inf, inf, 0.5, 0, nan]);
      expectClose(
        slope((x) => pow(x, 0.5), ...points),
        [nan, nan, -inf, inf, 0.25, 0, nan],
      );
      expectClose(
        slope((x) => pow(x, -0.5), ...points),
        [-0, nan, -inf, -inf, -0.0625, -0, nan],
      );
      expectClose(
        slopeOfSlope((x) => pow(x, 0.5), -2, 0, 2),
        [nan, -inf, -0.08838835],
      );
      expectClose(
        slopeOfSlope((x) => pow(x, -0.5), -2, 0, 2),
        [nan, inf, 0.13258252],
      );
      // A tensor of exponents has C's powers.
      expect(exactly(pow(tensor(points), scalar(0.5)))).toEqual([inf, nan, 0, 0, 2, inf, nan]);
      expect(exactly(pow(tensor(points), scalar(-0.5)))).toEqual([0, nan, inf, inf, 0.5, 0, nan]);
    }),
  );

  test(
    "second derivatives of a negative number to the power 0 are finite",
    on(() => {
      const [a, b] = [leaf(-2, -2, -2), leaf(0, 2, 1)];
      const [byBase, byExponent] = grad(sum(pow(a, b)), [a, b], { createGraph: true });
      expectClose(byBase!, [0, -4, 1]);
      expectClose(byExponent!, [nan, nan, nan]);
      expectClose(grad(sum(byBase!), [a], { retainGraph: true })[0]!, [0, 2, 0]);
      expectClose(grad(sum(byExponent!), [a])[0]!, [-0.5, nan, nan]);
    }),
  );

  // Expected values are those of float64: PyTorch's own lose digits in float32, of sinc all of them near 0.
  test(
    "slopes of sinc near 0, and those of the slopes of softplus and logaddexp far from it, lose no digits",
    on(() => {
      const points = [1e-6, -1e-4, 1e-3, -0.027795542, 0.1, 0.4];
      const closely = { atol: 0, rtol: 1e-5 };
      const first = [-3.28986813e-6, 3.28986802e-4, -3.28986504e-3, 0.0913739595, -0.325751273, -1.11952435];
      expectClose(slope(sinc, ...points), first, closely);
      const second = [-3.28986813, -3.28986804, -3.28985839, -3.2823458, -3.19302983, -1.8719587];
      expectClose(slopeOfSlope(sinc, 0, ...points), [-(Math.PI ** 2) / 3, ...second], closely);
      const far = [4.53958077e-5, 3.05902132e-7];
      for (const f of [softplus, (x: Tensor) => logaddexp(x, 0)])
        expectClose(slopeOfSlope(f, 10, 15, -10, -15), [...far, ...far], closely);
    }),
  );

  test.each([
    ["plain", {}],
    ["smoothed", { labelSmoothing: 0.1 }],
    ["weighed", { weight: [1, 2] }],
  ])("a %s mean cross-entropy of ignored targets alone is NaN, its first and second slopes 0", (_, options) =>
    on(() => {
      const x = tensor([1, 2, 3, 4], { shape: [2, 2], requiresGrad: true });
      const weight = "weight" in options ? tensor(options.weight!) : null;
      const targets = tensor(new Int32Array([0, 0]));
      const loss = crossEntropy(x, targets, { ...options, weight, ignoreIndex: 0 });
      expectClose(loss, [nan]);
      const first = grad(loss, [x], { createGraph: true })[0]!;
      expectClose(first, [0, 0, 0, 0]);
      expectClose(
        grad(
          sum(
            mul(
              first,
              tensor([
                [1, 2],
                [3, 5],
              ]),
            ),
          ),
          [x],
        )[0]!,
        [0, 0, 0, 0],
      );
    })(),
  );

  test(
    "dropout2d takes three axes for a batch of sequences: each channel of each is kept or dropped as a whole",
    on(() => {
      const values = exactly(dropout2d(ones([40, 3, 5]), 0.5, { generator: new Generator(3) }));
      const channels = Array.from({ length: 120 }, (_, i) => new Set(values.slice(5 * i, 5 * i + 5)));
      for (const channel of channels) expect(channel.size).toBe(1);
      expect(new Set(channels.flatMap((channel) => [...channel]))).toEqual(new Set([0, 2]));
      const rows = Array.from({ length: 40 }, (_, i) => values.filter((_, j) => Math.floor(j / 15) === i).join());
      expect(new Set(rows).size).toBeGreaterThan(2);
    }),
  );
}

eachDevice(() => claims((body) => body));
describe("float64", () => claims((body) => () => withDevice(new Float64Device(), body)));

test("on wasm, values whose sum float32 cannot hold have a mean", () => {
  const mean = zeros([1]);
  batchNorm(full([4, 1, 5, 5], 2 ** 127), { training: true, runningMean: mean, runningVar: ones([1]), momentum: 1 });
  expect(exactly(mean)).toEqual([2 ** 127]);
});
