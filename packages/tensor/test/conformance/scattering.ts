import {
  type Generator,
  indexCopy,
  indexFill,
  put,
  randn,
  scatter,
  scatterReduce,
  type ScatterReduction,
  tensor,
  type Tensor,
} from "@tapegrad/tensor";
import type { ConformanceRow } from "@tapegrad/test-support";
import { anyOf } from "@tapegrad/test-support/bad-arguments";

function normal(g: Generator | undefined, ...shape: number[]): Tensor {
  return randn(shape, g && { generator: g });
}

const int = (values: readonly number[], shape: readonly number[] = [values.length]): Tensor =>
  tensor(Int32Array.from(values), { shape });
/** Several to one place, one alone, and places that nothing goes to. */
const index = (): Tensor => int([2, 0, 2, 2, 0, 1, 0, 1, 2, 0], [5, 2]);
const reductions: readonly ScatterReduction[] = ["sum", "prod", "mean", "amax", "amin"];

export const rows: readonly ConformanceRow[] = [
  {
    name: "scatter",
    case: "adding and multiplying",
    inputs: (g) => [normal(g, 4, 3), index(), normal(g, 5, 3)],
    fn: (x, i, source) => [
      scatter(x!, 0, i!, source!, { reduce: "add" }),
      scatter(x!, 0, i!, source!, { reduce: "multiply" }),
      scatter(x!, 0, i!, 3, { reduce: "multiply" }),
    ],
    right: () => [
      normal(undefined, 2, 2),
      0,
      int([0, 1, 1, 0], [2, 2]),
      anyOf(normal(undefined, 2, 2), 1),
      { reduce: anyOf("add", null) },
    ],
  },
  ...reductions.map((reduce): ConformanceRow => ({
    name: "scatterReduce",
    case: reduce,
    inputs: (g) => [normal(g, 4, 3), index(), normal(g, 5, 3)],
    fn: (x, i, source) => [
      scatterReduce(x!, 0, i!, source!, reduce),
      scatterReduce(x!, 0, i!, source!, reduce, { includeSelf: false }),
    ],
    torch:
      `(torch.scatter_reduce(x[0], 0, x[1].long(), x[2], "${reduce}"), ` +
      `torch.scatter_reduce(x[0], 0, x[1].long(), x[2], "${reduce}", include_self=False))`,
    right: () => [
      normal(undefined, 2, 2),
      0,
      int([0, 1, 1, 0], [2, 2]),
      normal(undefined, 2, 2),
      reduce,
      { includeSelf: false },
    ],
    ...(reduce.startsWith("am") && { secondGradients: false }),
  })),
  {
    name: "scatterReduce",
    case: "int32",
    inputs: () => [int([5, -7, 100, 3]), int([1, 0, 1, 2, 1]), int([4, -2, -9, 7, 6])],
    fn: (x, i, source) => reductions.map((reduce) => scatterReduce(x!, 0, i!, source!, reduce)),
    torch: `tuple(torch.scatter_reduce(x[0], 0, x[1].long(), x[2], r) for r in ("sum", "prod", "mean", "amax", "amin"))`,
    gradients: false,
  },
  {
    name: "scatterReduce",
    case: "zeros among factors",
    inputs: () => [tensor([2, 0, 3, 0.5]), int([0, 0, 1, 2, 2, 2, 0]), tensor([3, 0, 4, 0, 5, 0, 0.25])],
    fn: (x, i, source) => scatterReduce(x!, 0, i!, source!, "prod"),
  },
  {
    name: "indexCopy",
    inputs: (g) => [normal(g, 3, 4), int([3, 0]), normal(g, 3, 2)],
    fn: (x, i, source) => indexCopy(x!, 1, i!, source!),
    torch: "torch.index_copy(x[0], 1, x[1].long(), x[2])",
    right: () => [normal(undefined, 2, 2), 0, int([0, 1]), normal(undefined, 2, 2)],
  },
  {
    name: "indexFill",
    inputs: (g) => [normal(g, 3, 4), int([3, 0]), tensor(0.5)],
    fn: (x, i, value) => [indexFill(x!, 1, i!, -2), indexFill(x!, 1, i!, value!)],
    torch: "(torch.index_fill(x[0], 1, x[1].long(), -2), torch.index_fill(x[0], 1, x[1].long(), x[2]))",
    right: () => [normal(undefined, 2, 2), 0, int([0, 1]), anyOf(1, tensor(1))],
  },
  {
    name: "put",
    inputs: (g) => [normal(g, 3, 4), int([11, 0, -7, 0], [2, 2]), normal(g, 2, 2)],
    fn: (x, i, source) => put(x!, i!, source!, { accumulate: true }),
    torch: "x[0].put(x[1].long(), x[2], accumulate=True)",
    right: () => [normal(undefined, 2, 2), int([0, 1]), normal(undefined, 2), { accumulate: true }],
  },
  {
    name: "put",
    case: "in place of others",
    inputs: (g) => [normal(g, 3, 4), int([11, 0, 5]), normal(g, 3)],
    fn: (x, i, source) => put(x!, i!, source!),
    torch: "x[0].put(x[1].long(), x[2])",
    secondGradients: false,
  },
];
