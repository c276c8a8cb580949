import { argsort, type Generator, kthvalue, median, randn, sort, tensor, type Tensor, topk } from "@tapegrad/tensor";
import type { ConformanceRow, HostTensor } from "@tapegrad/test-support";

const cube = (g: Generator): Tensor[] => [randn([3, 4, 5], { generator: g })];
const long = (g: Generator): Tensor[] => [randn([2, 150, 3], { generator: g })];
const integers = (g: Generator): Tensor[] => [
  tensor(
    Int32Array.from({ length: 200 }, () => g.integer(40) - 20),
    { shape: [2, 100] },
  ),
];
const special = (): Tensor[] => [
  tensor([
    [NaN, 1, -0, 0, NaN, -Infinity],
    [0, -0, 2, 2, Infinity, 2],
  ]),
];
const both = ({ values, indices }: { values: Tensor; indices: Tensor }): Tensor[] => [values, indices];

/** Rows of the last axis, sorted by JavaScript. */
function sortedRows({ shape, data }: HostTensor): number[] {
  const length = shape.at(-1)!;
  const values = Array.from(data);
  return values.flatMap((_, i) => (i % length === 0 ? values.slice(i, i + length).sort((a, b) => a - b) : []));
}

export const rows: readonly ConformanceRow[] = [
  { name: "sort", inputs: cube, fn: (x) => both(sort(x!)), oracle: sortedRows },
  { name: "sort", case: "columns, descending", inputs: cube, fn: (x) => both(sort(x!, { dim: 0, descending: true })) },
  { name: "sort", case: "a long axis", inputs: long, fn: (x) => both(sort(x!, { dim: 1 })), secondGradients: false },
  {
    name: "sort",
    case: "ties of int32",
    inputs: integers,
    fn: (x) => both(sort(x!)),
    oracle: sortedRows,
    gradients: false,
  },
  { name: "sort", case: "NaN and zeros", inputs: special, fn: (x) => both(sort(x!)), gradients: false },
  {
    name: "sort",
    case: "NaN and zeros, descending",
    inputs: special,
    fn: (x) => both(sort(x!, { descending: true })),
    gradients: false,
  },
  { name: "argsort", inputs: cube, fn: (x) => argsort(x!, { dim: 1 }), gradients: false },
  {
    name: "argsort",
    case: "a long axis",
    inputs: integers,
    fn: (x) => argsort(x!, { descending: true }),
    gradients: false,
  },
  { name: "topk", inputs: cube, fn: (x) => both(topk(x!, 2, { dim: 1 })) },
  { name: "topk", case: "smallest", inputs: cube, fn: (x) => both(topk(x!, 3, { largest: false })) },
  { name: "topk", case: "a long axis", inputs: long, fn: (x) => both(topk(x!, 7, { dim: 1 })), secondGradients: false },
  { name: "kthvalue", inputs: cube, fn: (x) => both(kthvalue(x!, 3)) },
  { name: "kthvalue", case: "NaN", inputs: special, fn: (x) => both(kthvalue(x!, 5)), gradients: false },
  { name: "median", case: "all", inputs: cube, fn: (x) => median(x!) },
  { name: "median", case: "of an odd number", inputs: cube, fn: (x) => both(median(x!, 0)) },
  { name: "median", case: "of an even number", inputs: cube, fn: (x) => both(median(x!, 1, { keepDim: true })) },
  { name: "median", case: "NaN", inputs: special, fn: (x) => both(median(x!, 1)), gradients: false },
  { name: "median", case: "int32", inputs: integers, fn: (x) => both(median(x!, -1)), gradients: false },
];
