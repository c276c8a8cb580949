import {
  add,
  batchNorm,
  batchNormGrad,
  type Generator,
  noGrad,
  rand,
  randn,
  tensor,
  type Tensor,
  varMean,
} from "@tapegrad/tensor";
import type { ConformanceRow } from "@tapegrad/test-support";

/** `x` of this shape, a scale and a shift. */
function affine(...shape: number[]): (generator: Generator) => Tensor[] {
  return (generator) => [
    randn(shape, { generator }),
    randn([shape[1]!], { generator }),
    randn([shape[1]!], { generator }),
  ];
}

/** And running mean and variance. */
function tracked(...shape: number[]): (generator: Generator) => Tensor[] {
  return (generator) => [
    ...affine(...shape)(generator),
    randn([shape[1]!], { generator }),
    add(rand([shape[1]!], { generator }), 0.5),
  ];
}

export const rows: readonly ConformanceRow[] = [
  {
    name: "batchNorm",
    case: "training",
    inputs: affine(3, 4, 3, 5),
    fn: (x, weight, bias) => batchNorm(x!, { weight: weight!, bias: bias!, training: true }),
  },
  {
    name: "batchNorm",
    case: "training, rows",
    inputs: affine(7, 5),
    fn: (x, weight, bias) => batchNorm(x!, { weight: weight!, bias: bias!, training: true, eps: 0.1 }),
  },
  {
    name: "batchNorm",
    case: "without scale and shift",
    inputs: (g) => [randn([2, 3, 4], { generator: g })],
    fn: (x) => batchNorm(x!),
  },
  {
    name: "batchNorm",
    case: "scale alone",
    inputs: affine(2, 3, 3, 3),
    fn: (x, weight) => batchNorm(x!, { weight: weight!, training: true }),
  },
  {
    name: "batchNorm",
    case: "running statistics",
    // Only x, scale and shift have gradients: statistics are constants.
    inputs: affine(2, 3, 2, 5),
    fn: (x, weight, bias) =>
      batchNorm(x!, {
        weight: weight!,
        bias: bias!,
        runningMean: tensor([0.5, -1, 0.25], { device: x!.device }),
        runningVar: tensor([1.5, 0.5, 2], { device: x!.device }),
      }),
  },
  {
    name: "batchNorm",
    case: "given statistics",
    inputs: tracked(2, 3, 2, 5),
    fn: (x, weight, bias, runningMean, runningVar) =>
      batchNorm(x!, { weight: weight!, bias: bias!, runningMean: runningMean!, runningVar: runningVar! }),
    gradients: false,
    oracle: (x, weight, bias, mean, variance) =>
      Array.from(x!.data, (value, i) => {
        const c = Math.floor(i / 10) % 3;
        return ((value - mean!.data[c]!) / Math.sqrt(variance!.data[c]! + 1e-5)) * weight!.data[c]! + bias!.data[c]!;
      }),
  },
  {
    name: "batchNormGrad",
    inputs: (g) => [
      randn([3, 2, 4], { generator: g }),
      randn([3, 2, 4], { generator: g }),
      randn([2], { generator: g }),
    ],
    fn(grad, x, weight) {
      const [variance, mean] = noGrad(() => varMean(x!, [0, 2], { correction: 0 }));
      return batchNormGrad(grad!, x!, weight!, { eps: 1e-5, constant: false, mean, variance, rest: null });
    },
    // Its statistics must be those of x, which finite differences of x would not move.
    gradients: false,
  },
];
