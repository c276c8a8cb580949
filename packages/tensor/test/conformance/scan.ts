import { cumprod, cumsum, type Generator, randn, tensor, type Tensor } from "@tapegrad/tensor";
import type { ConformanceRow, HostTensor } from "@tapegrad/test-support";

const cube = (g: Generator): Tensor[] => [randn([3, 4, 5], { generator: g })];
const integers = (g: Generator): Tensor[] => [
  tensor(
    Int32Array.from({ length: 60 }, () => g.integer(5) - 2),
    { shape: [3, 4, 5] },
  ),
];
const zeros = (): Tensor[] => [
  tensor([
    [2, 0, 3, 0.5],
    [0, 0, 4, 1],
    [1, 2, 3, 0],
  ]),
];

/** Along the last axis. */
function running(fold: (total: number, value: number) => number): (x: HostTensor) => number[] {
  return ({ shape, data }) => {
    const length = shape.at(-1)!;
    let total = 0;
    return Array.from(data, (value, i) => (total = i % length === 0 ? value : fold(total, value)));
  };
}

export const rows: readonly ConformanceRow[] = [
  { name: "cumsum", inputs: cube, fn: (x) => cumsum(x!, -1), oracle: running((a, b) => a + b) },
  { name: "cumsum", case: "columns", inputs: cube, fn: (x) => cumsum(x!, 0) },
  { name: "cumsum", case: "the middle", inputs: cube, fn: (x) => cumsum(x!, 1) },
  { name: "cumsum", case: "int32", inputs: integers, fn: (x) => cumsum(x!, 1), gradients: false },
  {
    name: "cumsum",
    case: "long rows",
    inputs: (g) => [randn([2, 3000], { generator: g })],
    fn: (x) => cumsum(x!, 1),
    oracle: running((a, b) => a + b),
    gradients: false,
  },
  { name: "cumprod", inputs: cube, fn: (x) => cumprod(x!, -1), oracle: running((a, b) => a * b) },
  { name: "cumprod", case: "columns", inputs: cube, fn: (x) => cumprod(x!, 0) },
  { name: "cumprod", case: "the middle", inputs: cube, fn: (x) => cumprod(x!, 1) },
  { name: "cumprod", case: "zeros", inputs: zeros, fn: (x) => cumprod(x!, 1) },
  { name: "cumprod", case: "int32", inputs: integers, fn: (x) => cumprod(x!, 2), gradients: false },
];
