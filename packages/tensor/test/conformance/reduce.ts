import {
  amax,
  amin,
  argmax,
  argmin,
  type Generator,
  logSumExp,
  max,
  mean,
  min,
  norm,
  prod,
  randn,
  std,
  sum,
  sumSquares,
  sumTo,
  tensor,
  type Tensor,
  variance,
  varMean,
} from "@tapegrad/tensor";
import type { ConformanceRow, HostTensor } from "@tapegrad/test-support";

type Dims = number | readonly number[] | undefined;

const cube = (g: Generator): Tensor[] => [randn([3, 4, 5], { generator: g })];

/** What axes may lie against each other: whole, rows, columns, a middle, both ends. */
const cases: readonly (readonly [what: string, dims: Dims])[] = [
  ["all", undefined],
  ["rows", -1],
  ["columns", 0],
  ["the middle", 1],
  ["both ends", [0, 2]],
  ["the tail", [1, 2]],
];

function rowsOf(name: string, fn: (x: Tensor, dims: Dims, options?: { keepDim: boolean }) => Tensor): ConformanceRow[] {
  return [
    ...cases.map(([what, dims]): ConformanceRow => ({ name, case: what, inputs: cube, fn: (x) => fn(x!, dims) })),
    { name, case: "keeping the axis", inputs: cube, fn: (x) => fn(x!, 1, { keepDim: true }) },
  ];
}

function total({ data }: HostTensor): number[] {
  return [Array.from(data).reduce((sum, x) => sum + x, 0)];
}

const integers = (g: Generator): Tensor[] => [
  tensor(
    Int32Array.from({ length: 60 }, () => g.integer(100) - 50),
    { shape: [3, 4, 5] },
  ),
];

export const rows: readonly ConformanceRow[] = [
  ...rowsOf("sum", sum),
  ...rowsOf("mean", mean),
  ...rowsOf("prod", prod),
  ...rowsOf("amax", amax),
  ...rowsOf("amin", amin),
  ...rowsOf("variance", variance),
  ...rowsOf("std", std),
  ...rowsOf("sumSquares", sumSquares),
  ...rowsOf("logSumExp", (x, dims, options) => logSumExp(x, dims ?? [0, 1, 2], options)),
  ...rowsOf("norm", (x, dims, options) => norm(x, { ...options, ...(dims !== undefined && { dim: dims }) })),
  {
    name: "sum",
    case: "long rows",
    inputs: (g) => [randn([2, 9001], { generator: g })],
    fn: (x) => sum(x!, 1),
    gradients: false,
    atol: 1e-5,
  },
  {
    name: "sum",
    case: "long columns",
    inputs: (g) => [randn([777, 3], { generator: g })],
    fn: (x) => sum(x!, 0),
    gradients: false,
    atol: 1e-5,
  },
  {
    name: "sum",
    case: "a long line",
    inputs: (g) => [randn([20001], { generator: g })],
    fn: (x) => sum(x!),
    oracle: total,
    gradients: false,
    atol: 1e-4,
  },
  {
    name: "sum",
    case: "wide rows of few",
    inputs: (g) => [randn([3, 2, 301], { generator: g })],
    fn: (x) => sum(x!, 1),
    gradients: false,
  },
  { name: "sum", case: "int32", inputs: integers, fn: (x) => sum(x!, 1), gradients: false },
  { name: "amax", case: "int32", inputs: integers, fn: (x) => amax(x!, [0, 2]), gradients: false },
  { name: "amin", case: "int32", inputs: integers, fn: (x) => amin(x!, 0), gradients: false },
  {
    name: "prod",
    case: "zeros",
    inputs: () => [
      tensor([
        [0, 2, 3],
        [0, 0, 4],
        [1, 2, 3],
      ]),
    ],
    fn: (x) => prod(x!, 1),
  },
  { name: "variance", case: "biased", inputs: cube, fn: (x) => variance(x!, [0, 2], { correction: 0 }) },
  { name: "std", case: "biased", inputs: cube, fn: (x) => std(x!, 1, { correction: 0 }) },
  { name: "varMean", inputs: cube, fn: (x) => varMean(x!, [1, 2]), covers: ["sumSquares"] },
  { name: "norm", case: "sum of magnitudes", inputs: cube, fn: (x) => norm(x!, { p: 1, dim: 1 }) },
  { name: "norm", case: "cubes", inputs: cube, fn: (x) => norm(x!, { p: 3, dim: 1 }) },
  { name: "norm", case: "largest magnitude", inputs: cube, fn: (x) => norm(x!, { p: Infinity, dim: [0, 1] }) },
  { name: "max", case: "all", inputs: cube, fn: (x) => max(x!) },
  { name: "max", case: "an axis", inputs: cube, fn: (x) => Object.values(max(x!, 1)) as Tensor[] },
  {
    name: "max",
    case: "keeping the axis",
    inputs: cube,
    fn: (x) => Object.values(max(x!, -1, { keepDim: true })) as Tensor[],
  },
  { name: "min", case: "all", inputs: cube, fn: (x) => min(x!) },
  { name: "min", case: "an axis", inputs: cube, fn: (x) => Object.values(min(x!, 0)) as Tensor[] },
  { name: "argmax", case: "all", inputs: cube, fn: (x) => argmax(x!), gradients: false },
  { name: "argmax", case: "an axis", inputs: cube, fn: (x) => argmax(x!, 1), gradients: false },
  { name: "argmax", case: "int32", inputs: integers, fn: (x) => argmax(x!, -1, { keepDim: true }), gradients: false },
  { name: "argmin", case: "an axis", inputs: cube, fn: (x) => argmin(x!, 0), gradients: false },
  { name: "argmin", case: "int32", inputs: integers, fn: (x) => argmin(x!, 1), gradients: false },
  { name: "sumTo", inputs: cube, fn: (x) => sumTo(x!, [4, 1]) },
];
