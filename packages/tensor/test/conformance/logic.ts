import {
  addcdiv,
  addcmul,
  all,
  aminmax,
  any,
  type Generator,
  indexAdd,
  isfinite,
  isinf,
  isnan,
  lerp,
  logicalAnd,
  logicalNot,
  logicalOr,
  logicalXor,
  maskedFill,
  nanToNum,
  rand,
  randn,
  scatterAdd,
  stdMean,
  takeAlongDim,
  tensor,
  type Tensor,
} from "@tapegrad/tensor";
import type { ConformanceRow } from "@tapegrad/test-support";
import { anyOf } from "@tapegrad/test-support/bad-arguments";

function normal(g: Generator | undefined, ...shape: number[]): Tensor {
  return randn(shape, g && { generator: g });
}

const matrix = (g?: Generator): Tensor[] => [normal(g, 4, 5)];
const special = (): Tensor[] => [tensor([1, NaN, Infinity, -Infinity, 0, -0, -2, 3e38])];
const whole = (g: Generator, ...shape: number[]): Tensor =>
  tensor(
    Int32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => g.integer(3) - 1),
    { shape },
  );
const mask = (g: Generator): Tensor[] => [...matrix(g), whole(g, 4, 1)];
const indexed = (values: readonly number[], shape: readonly number[]): Tensor =>
  tensor(Int32Array.from(values), { shape });
const operands = (g: Generator): Tensor[] => [normal(g, 3, 4), normal(g, 4), normal(g, 3, 1)];

const tests: ConformanceRow[] = [
  { name: "isnan", inputs: special, fn: (x) => isnan(x!), torch: "torch.isnan(x[0])" },
  { name: "isinf", inputs: special, fn: (x) => isinf(x!), torch: "torch.isinf(x[0])" },
  { name: "isfinite", inputs: special, fn: (x) => isfinite(x!), torch: "torch.isfinite(x[0])" },
  { name: "logicalNot", inputs: special, fn: (x) => logicalNot(x!), torch: "torch.logical_not(x[0])" },
  {
    name: "logicalNot",
    case: "int32",
    inputs: (g) => [whole(g, 3, 4)],
    fn: (x) => logicalNot(x!),
    torch: "torch.logical_not(x[0])",
  },
  ...(
    [
      ["logicalAnd", logicalAnd, "logical_and"],
      ["logicalOr", logicalOr, "logical_or"],
      ["logicalXor", logicalXor, "logical_xor"],
    ] as const
  ).flatMap(([name, fn, torch]) => [
    {
      name,
      inputs: (g: Generator) => [whole(g, 3, 4), whole(g, 3, 1)],
      fn: (a: Tensor | undefined, b: Tensor | undefined) => fn(a!, b!),
      torch: `torch.${torch}(x[0], x[1])`,
    },
    {
      name,
      case: "NaN and zeros",
      inputs: () => [...special(), tensor([0, 0, 1, 0, NaN, 0, 2, 0])],
      fn: (a: Tensor | undefined, b: Tensor | undefined) => fn(a!, b!),
      torch: `torch.${torch}(x[0], x[1])`,
    },
  ]),
  ...(
    [
      ["any", any],
      ["all", all],
    ] as const
  ).flatMap(([name, fn]) => [
    {
      name,
      inputs: (g: Generator) => [whole(g, 3, 4)],
      fn: (x: Tensor | undefined) => fn(x!, 1),
      torch: `torch.${name}(x[0], 1)`,
      right: () => [normal(undefined, 2, 2), anyOf(0, [0, 1]), { keepDim: true }],
    },
    {
      name,
      case: "of nothing",
      inputs: () => [normal(undefined, 0, 3)],
      fn: (x: Tensor | undefined) => fn(x!, 0, { keepDim: true }),
      torch: `torch.${name}(x[0], 0, keepdim=True)`,
    },
    {
      name,
      case: "of all, NaN among them",
      inputs: () => [tensor([NaN, 0])],
      fn: (x: Tensor | undefined) => fn(x!),
      torch: `torch.${name}(x[0])`,
    },
  ]),
];

export const rows: readonly ConformanceRow[] = [
  ...tests.map((row) => ({ ...row, gradients: false })),
  {
    name: "maskedFill",
    inputs: mask,
    fn: (x, m) => maskedFill(x!, m!, 2.5),
    torch: "x[0].masked_fill(x[1] != 0, 2.5)",
    right: () => [...matrix(), normal(undefined, 4, 1), anyOf(1, tensor(2))],
  },
  {
    name: "maskedFill",
    case: "a larger mask and a tensor",
    inputs: (g) => [normal(g, 3), whole(g, 4, 3), normal(g)],
    fn: (x, m, v) => maskedFill(x!, m!, v!),
    torch: "torch.masked_fill(x[0], x[1] != 0, x[2])",
  },
  {
    name: "nanToNum",
    inputs: special,
    fn: (x) => nanToNum(x!, { nan: 1, posinf: 5, neginf: -6 }),
    torch: "torch.nan_to_num(x[0], 1, 5, -6)",
    gradients: false,
    right: () => [...matrix(), { nan: 0, posinf: 1, neginf: -1 }],
  },
  {
    name: "nanToNum",
    case: "numbers",
    inputs: matrix,
    fn: (x) => nanToNum(x!),
    torch: "torch.nan_to_num(x[0])",
  },
  {
    name: "lerp",
    inputs: operands,
    fn: (a, b, w) => lerp(a!, b!, w!),
    torch: "torch.lerp(x[0], x[1], x[2])",
    right: () => [...matrix(), ...matrix(), anyOf(0.3, ...matrix())],
  },
  {
    name: "lerp",
    case: "a number",
    inputs: (g) => [...matrix(g), ...matrix(g)],
    fn: (a, b) => lerp(a!, b!, 0.3),
    torch: "torch.lerp(x[0], x[1], 0.3)",
  },
  {
    name: "lerp",
    case: "from the other end",
    inputs: (g) => [...matrix(g), ...matrix(g)],
    fn: (a, b) => lerp(a!, b!, 0.75),
    torch: "torch.lerp(x[0], x[1], 0.75)",
  },
  {
    name: "addcmul",
    inputs: operands,
    fn: (x, a, b) => addcmul(x!, a!, b!, { value: 0.5 }),
    torch: "torch.addcmul(x[0], x[1], x[2], value=0.5)",
    right: () => [...matrix(), ...matrix(), ...matrix(), { value: 2 }],
  },
  {
    name: "addcmul",
    case: "int32",
    inputs: (g) => [whole(g, 3, 4), whole(g, 4), whole(g, 3, 1)],
    fn: (x, a, b) => addcmul(x!, a!, b!, { value: 3 }),
    torch: "torch.addcmul(x[0], x[1], x[2], value=3)",
    gradients: false,
  },
  {
    name: "addcdiv",
    inputs: (g) => [normal(g, 3, 4), normal(g, 4), tensor([[0.5], [-1.5], [2]])],
    fn: (x, a, b) => addcdiv(x!, a!, b!, { value: 0.5 }),
    torch: "torch.addcdiv(x[0], x[1], x[2], value=0.5)",
    right: () => [...matrix(), ...matrix(), ...matrix(), { value: 2 }],
  },
  {
    name: "stdMean",
    inputs: matrix,
    fn: (x) => stdMean(x!, 1),
    torch: "torch.std_mean(x[0], 1)",
    right: () => [...matrix(), anyOf(0, [0, 1]), { correction: 1, keepDim: true }],
  },
  {
    name: "stdMean",
    case: "biased, of all",
    inputs: matrix,
    fn: (x) => stdMean(x!, undefined, { correction: 0, keepDim: true }),
    torch: "torch.std_mean(x[0], (0, 1), unbiased=False, keepdim=True)",
  },
  {
    name: "aminmax",
    inputs: matrix,
    fn: (x) => Object.values(aminmax(x!, 1, { keepDim: true })),
    torch: "torch.aminmax(x[0], dim=1, keepdim=True)",
    right: () => [...matrix(), 0, { keepDim: true }],
  },
  {
    name: "aminmax",
    case: "of all",
    inputs: matrix,
    fn: (x) => Object.values(aminmax(x!)),
    torch: "torch.aminmax(x[0])",
  },
  {
    name: "takeAlongDim",
    inputs: (g) => [...matrix(g), indexed([0, 4, 2, 2], [1, 4])],
    fn: (x, i) => takeAlongDim(x!, i!, 1),
    torch: "torch.take_along_dim(x[0], x[1].long(), 1)",
    right: () => [...matrix(), indexed([0, 1], [2, 1]), 0],
  },
  {
    name: "takeAlongDim",
    case: "flat",
    inputs: (g) => [...matrix(g), indexed([0, 19, 2, 2], [2, 2])],
    fn: (x, i) => takeAlongDim(x!, i!),
    torch: "torch.take_along_dim(x[0], x[1].long())",
  },
  {
    name: "indexAdd",
    inputs: (g) => [normal(g, 3, 4, 2), indexed([3, 0, 3], [3]), normal(g, 3, 3, 2)],
    fn: (x, i, source) => indexAdd(x!, 1, i!, source!, { alpha: 0.5 }),
    torch: "torch.index_add(x[0], 1, x[1].long(), x[2], alpha=0.5)",
    right: () => [normal(undefined, 2, 2), 0, indexed([0, 1], [2]), normal(undefined, 2, 2), { alpha: 2 }],
  },
  {
    name: "indexAdd",
    case: "integers",
    inputs: () => [
      indexed([1, 2, 3, 4, 5, 6, 7, 8], [2, 2, 2]),
      indexed([1, 0, 1], [3]),
      indexed([10, -20, 30, 40, -50, 60, 70, 80, 90, 11, 12, 13], [2, 3, 2]),
    ],
    fn: (x, i, source) => indexAdd(x!, 1, i!, source!, { alpha: 3 }),
    torch: "torch.index_add(x[0], 1, x[1].long(), x[2], alpha=3)",
    gradients: false,
  },
  {
    name: "scatterAdd",
    case: "integers",
    inputs: () => [
      indexed([1, 2, 3, 4, 5, 6], [2, 3]),
      indexed([2, 2, 0, 1], [2, 2]),
      indexed([7, -8, 9, 100], [2, 2]),
    ],
    fn: (x, i, source) => scatterAdd(x!, 1, i!, source!),
    torch: "torch.scatter_add(x[0], 1, x[1].long(), x[2])",
    gradients: false,
  },
  {
    name: "indexAdd",
    case: "a scalar",
    inputs: (g) => [normal(g), indexed([0, 0], [2]), rand([2], { generator: g })],
    fn: (x, i, source) => indexAdd(x!, 0, i!, source!),
    torch: "torch.index_add(x[0], 0, x[1].long(), x[2])",
  },
];
