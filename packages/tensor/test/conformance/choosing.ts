import {
  add,
  at,
  cdist,
  clamp,
  Generator,
  histc,
  indexPut,
  matmul,
  multinomial,
  norm,
  pow,
  rand,
  randint,
  randn,
  randperm,
  scatter,
  tensor,
  type Tensor,
} from "@tapegrad/tensor";
import type { ConformanceRow } from "@tapegrad/test-support";
import { anyOf } from "@tapegrad/test-support/bad-arguments";

function normal(g: Generator | undefined, ...shape: number[]): Tensor {
  return randn(shape, g && { generator: g });
}

const cube = (g?: Generator): Tensor[] => [normal(g, 3, 4, 5)];
const matrix = (g?: Generator): Tensor[] => [normal(g, 4, 5)];
const int = (values: readonly number[], shape: readonly number[] = [values.length]): Tensor =>
  tensor(Int32Array.from(values), { shape });
const whole = (g: Generator, ...shape: number[]): Tensor =>
  int(
    Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => g.integer(7) - 3),
    shape,
  );

export const rows: readonly ConformanceRow[] = [
  {
    name: "scatter",
    inputs: (g) => [...matrix(g), int([4, 0, 2, 1, 3, 0], [3, 2]), normal(g, 3, 2)],
    fn: (x, i, source) => scatter(x!, 1, i!, source!),
    torch: "torch.scatter(x[0], 1, x[1].long(), x[2])",
    right: () => [normal(undefined, 2, 2), 0, int([0, 1, 1, 0], [2, 2]), anyOf(normal(undefined, 2, 2), 1)],
  },
  {
    name: "scatter",
    case: "several to one place",
    inputs: (g) => [normal(g, 3, 2), int([1, 0, 1, 0, 0, 2, 1, 2], [4, 2]), normal(g, 4, 3)],
    fn: (x, i, source) => scatter(x!, 0, i!, source!),
  },
  {
    name: "scatter",
    case: "a number, and int32",
    inputs: () => [int([1, 2, 3, 4, 5, 6], [2, 3]), int([2, 0], [2, 1])],
    fn: (x, i) => [scatter(x!, 1, i!, -7), scatter(x!, 1, i!, x!)],
    torch: "(torch.scatter(x[0], 1, x[1].long(), -7), torch.scatter(x[0], 1, x[1].long(), x[0]))",
    gradients: false,
  },
  {
    name: "at",
    inputs: cube,
    fn: (x) => [at(x!, 1), at(x!, {}, { start: 1, end: -1 }, -2), at(x!, "...", null, { step: 2 })],
    torch: "(x[0][1], x[0][:, 1:-1, -2], x[0][..., None, ::2])",
    right: () => [
      normal(undefined, 2, 2),
      anyOf({ start: 0, end: 1, step: 1 }, 0, [0], null, "...", int([0])),
      anyOf(0, { start: 0 }, [0], null, "...", int([0])),
    ],
  },
  {
    name: "at",
    case: "lists",
    inputs: (g) => [...cube(g), int([0, 2, 2, -1], [2, 2])],
    fn: (x, i) => [at(x!, i!, [-1]), at(x!, [0, 2], {}, [1, 1]), at(x!, {}, i!), at(x!, { start: 1 }, 1, [3, 0, 3])],
    torch: "(x[0][x[1].long(), [-1]], x[0][[0, 2], :, [1, 1]], x[0][:, x[1].long()], x[0][1:, 1, [3, 0, 3]])",
  },
  {
    name: "at",
    case: "masks",
    needs: "values at once",
    inputs: (g) => [...cube(g), tensor([0, 1, 1]), tensor([1, 0, 0, 1, 1, 0, 1, 0, 0, 0, 0, 1], { shape: [3, 4] })],
    fn: (x, rows, places) => [at(x!, rows!), at(x!, places!), at(x!, rows!, [1, 3], { start: 2 })],
    torch: "(x[0][x[1] != 0], x[0][x[2] != 0], x[0][x[1] != 0, [1, 3], 2:])",
    gradients: false,
  },
  {
    name: "indexPut",
    inputs: (g) => [...cube(g), normal(g, 2, 1)],
    fn: (x, value) => indexPut(x!, [[0, 2], {}, 3], value!),
    torch: "(lambda y: (y.__setitem__(([0, 2], slice(None), 3), x[1]), y)[1])(x[0].clone())",
    right: () => [
      normal(undefined, 2, 2),
      [anyOf(0, null, { start: 0 }, [0], int([0]), "...")],
      anyOf(1, tensor(2)),
      { accumulate: true },
    ],
  },
  {
    name: "indexPut",
    case: "adding",
    inputs: (g) => [...matrix(g), int([0, 2, 0]), normal(g, 3, 5)],
    fn: (x, i, value) => indexPut(x!, [i!], value!, { accumulate: true }),
    torch: "x[0].index_put((x[1].long(),), x[2], accumulate=True)",
  },
  {
    name: "indexPut",
    case: "a number",
    inputs: () => [int([1, 2, 3, 4, 5, 6], [2, 3])],
    fn: (x) => indexPut(x!, ["...", { step: 2 }], 9),
    torch: "(lambda y: (y.__setitem__((..., slice(None, None, 2)), 9), y)[1])(x[0].clone())",
    gradients: false,
  },
  {
    name: "clamp",
    case: "tensors",
    inputs: (g) => [...matrix(g), normal(g, 5), normal(g, 4, 1)],
    fn: (x, min, max) => clamp(x!, { min: min!, max: max! }),
    torch: "torch.clamp(x[0], x[1], x[2])",
  },
  {
    name: "clamp",
    case: "one tensor",
    inputs: (g) => [...matrix(g), normal(g, 5)],
    fn: (x, bound) => [clamp(x!, { min: bound! }), clamp(x!, { max: bound! })],
    torch: "(torch.clamp(x[0], min=x[1]), torch.clamp(x[0], max=x[1]))",
  },
  ...[0, 0.5, 3, -1, -2.5, -Infinity, Infinity].map((p): ConformanceRow => {
    const python = `${p}`.replace("Infinity", "inf");
    return {
      name: "norm",
      case: `p ${p}`,
      // Of one sign: near 0, second derivatives cancel.
      inputs: (g) => [add(rand([4, 5], { generator: g }), 0.5)],
      fn: (x) => norm(x!, { p, dim: 1 }),
      torch: `torch.linalg.vector_norm(x[0], ${python}, 1)`,
      gradients: p !== 0,
    };
  }),
  {
    name: "norm",
    case: "negative p and a 0",
    inputs: () => [
      tensor([
        [0, 2, -3],
        [1, 2, -4],
      ]),
    ],
    fn: (x) => norm(x!, { p: -1, dim: 1 }),
    torch: "torch.linalg.vector_norm(x[0], -1, 1)",
    gradients: false,
  },
  ...[0, 1, 1.5, 2, Infinity].map((p): ConformanceRow => ({
    name: "cdist",
    case: `p ${p}`,
    inputs: (g) => [normal(g, 2, 3, 4), normal(g, 1, 2, 4)],
    fn: (a, b) => cdist(a!, b!, { p }),
    torch: `torch.cdist(x[0], x[1], p=${`${p}`.replace("Infinity", "inf")})`,
    right: () => [...matrix(), ...matrix(), { p: 2 }],
    // Distances below 1e-4 of float32 differences say little.
    ...(p === 0 && { gradients: false }),
  })),
  {
    name: "histc",
    inputs: matrix,
    fn: (x) => histc(x!, { bins: 5, min: -1, max: 1 }),
    torch: "torch.histc(x[0], 5, -1, 1)",
    gradients: false,
    right: () => [...matrix(), { bins: 4, min: 0, max: 1 }],
  },
  {
    name: "histc",
    case: "its own ends",
    inputs: () => [tensor([1, 2, 3, 4, 4, 9])],
    fn: (x) => histc(x!, { bins: 4 }),
    torch: "torch.histc(x[0], 4)",
    gradients: false,
  },
  {
    name: "matmul",
    case: "int32",
    inputs: (g) => [whole(g, 2, 3, 4), whole(g, 4, 2)],
    fn: (a, b) => matmul(a!, b!),
    torch: "torch.matmul(x[0], x[1])",
    gradients: false,
  },
  {
    name: "pow",
    case: "int32",
    inputs: () => [int([2, -3, 1, -1, 0, 7, 5, -2, -1]), int([3, 3, -2, -3, 0, 1, -1, 4, -2])],
    fn: (a, b) => [pow(a!, b!), pow(a!, 5), pow(2, b!)],
    torch: "(x[0] ** x[1], x[0] ** 5, torch.pow(2, x[1]))",
    gradients: false,
  },
  {
    name: "randint",
    inputs: () => [rand([1])],
    fn: (x) => randint(-3, 4, [50], { generator: new Generator(5), device: x!.device }),
    gradients: false,
    right: () => [0, 5, [3], { dtype: "int32", generator: new Generator(0) }],
  },
  {
    name: "randperm",
    inputs: () => [rand([1])],
    fn: (x) => randperm(20, { generator: new Generator(5), device: x!.device }),
    gradients: false,
    right: () => [5, { dtype: "int32", generator: new Generator(0) }],
  },
  {
    name: "multinomial",
    inputs: () => [
      tensor([
        [0.1, 0, 2, 1],
        [3, 1, 0.5, 0],
      ]),
    ],
    fn: (x) => [
      multinomial(x!, 3, { generator: new Generator(5) }),
      multinomial(x!, 9, { replacement: true, generator: new Generator(6) }),
    ],
    gradients: false,
    right: () => [rand([2, 4]), 2, { replacement: true, generator: new Generator(0) }],
  },
];
