import {
  acos,
  asin,
  atan,
  atan2,
  ceil,
  cosh,
  exp2,
  expm1,
  floor,
  fmod,
  frac,
  type Generator,
  log10,
  log2,
  mul,
  type Num,
  rand,
  randn,
  remainder,
  round,
  sinh,
  tan,
  tensor,
  type Tensor,
  trunc,
} from "@tapegrad/tensor";
import type { ConformanceRow, HostTensor } from "@tapegrad/test-support";
import { anyOf } from "@tapegrad/test-support/bad-arguments";
import { atEnds } from "../at-ends.ts";

const anywhere = (g?: Generator): Tensor[] => [mul(randn([3, 7], g && { generator: g }), 2)];
const within = (g: Generator): Tensor[] => [mul(tensor([[-0.9], [0.9]]), rand([2, 7], { generator: g }))];
const above = (g: Generator): Tensor[] => [mul(rand([3, 7], { generator: g }), 4)];
const halves = (): Tensor[] => [tensor(Array.from({ length: 23 }, (_, i) => (i - 11) / 2 || 0))];
const large = (): Tensor[] => [tensor([8388609, -8388609, 2.5e9, 0.49999997, -0.49999997, 1e30, 1234567.5])];

function each(f: (x: number) => number): (x: HostTensor) => number[] {
  return ({ data }) => Array.from(data, f);
}

function even(x: number): number {
  const low = Math.floor(x);
  if (x - low !== 0.5) return Math.round(x);
  return low % 2 === 0 ? low : low + 1;
}

const rounding = (
  [
    ["floor", floor, Math.floor],
    ["ceil", ceil, Math.ceil],
    ["round", round, even],
    ["trunc", trunc, Math.trunc],
  ] as const
).flatMap(([name, fn, f]): ConformanceRow[] =>
  [anywhere, halves, large].map((inputs, i) => ({
    name,
    ...(i > 0 && { case: ["", "halves", "large"][i]! }),
    inputs,
    fn: (x) => fn(x!),
    torch: `torch.${name}(x[0])`,
    oracle: each(f),
    gradients: i === 0,
    secondGradients: false,
    ...(name === "round" && { right: () => [...anywhere(), { decimals: 1 }] }),
  })),
);

const smooth = (
  [
    ["exp2", exp2, anywhere, (x) => 2 ** x],
    ["expm1", expm1, anywhere, Math.expm1],
    ["log2", log2, above, Math.log2],
    ["log10", log10, above, Math.log10],
    ["sinh", sinh, anywhere, Math.sinh],
    ["cosh", cosh, anywhere, Math.cosh],
    ["tan", tan, within, Math.tan],
    ["asin", asin, within, Math.asin],
    ["acos", acos, within, Math.acos],
    ["atan", atan, anywhere, Math.atan],
  ] as const satisfies readonly (readonly [string, unknown, unknown, (x: number) => number])[]
).map(([name, fn, inputs, f]): ConformanceRow => ({
  name,
  inputs,
  fn: (x) => fn(x!),
  torch: `torch.${name}(x[0])`,
  oracle: each(f),
}));

const nearZero = (
  [
    ["expm1", expm1, Math.expm1],
    ["sinh", sinh, Math.sinh],
    ["asin", asin, Math.asin],
    ["atan", atan, Math.atan],
    ["tan", tan, Math.tan],
  ] as const
).map(([name, fn, f]): ConformanceRow => ({
  name,
  case: "near 0",
  inputs: (g) => [mul(randn([20], { generator: g }), 1e-6)],
  fn: (x) => fn(x!),
  torch: `torch.${name}(x[0])`,
  oracle: each(f),
  gradients: false,
  atol: 1e-8,
}));

const ends = atEnds([
  ["exp2", exp2, [-200, -130, 0, 100, 127.5, Infinity, NaN]],
  ["expm1", expm1, [-100, 88, Infinity, -Infinity, NaN]],
  ["log2", log2, [0, -1, 1, 1.0000001, 1e-40, 3e38, Infinity, NaN]],
  ["log10", log10, [0, -1, 1, 1000, 1e-40, 3e38, Infinity, NaN]],
  ["sinh", sinh, [89, -89, Infinity, -Infinity, NaN]],
  ["cosh", cosh, [89, -89, Infinity, -Infinity, NaN]],
  ["tan", tan, [1.5, 100, -1000, Infinity, NaN]],
  ["asin", asin, [1, -1, 1.1, 0.9999999, NaN]],
  ["acos", acos, [1, -1, 1.1, 0.9999999, NaN]],
  ["atan", atan, [1e-30, 1e20, Infinity, -Infinity, 0.4142, 2.414, NaN]],
]);

const remainders = (
  [
    ["fmod", fmod, (a, b) => a % b],
    ["remainder", remainder, (a, b) => a - b * Math.floor(a / b)],
  ] as const satisfies readonly (readonly [string, unknown, (a: number, b: number) => number])[]
).flatMap(([name, fn, f]): ConformanceRow[] => [
  {
    name,
    inputs: (g) => [mul(randn([3, 4], { generator: g }), 5), tensor([[0.7], [-1.3], [2]])],
    fn: (a, b) => fn(a!, b!),
    torch: `torch.${name}(x[0], x[1])`,
    right: () => [anyOf(...anywhere(), 2), anyOf(...anywhere(), 2)],
  },
  {
    name,
    case: "a number",
    inputs: anywhere,
    fn: (a) => fn(a!, -0.75),
    torch: `torch.${name}(x[0], -0.75)`,
    oracle: each((a) => f(a, -0.75)),
  },
  {
    name,
    case: "int32",
    inputs: () => [tensor(new Int32Array([7, -7, 6, -6, 0, 5])), tensor(new Int32Array([3, 3, -3, -3, 4, -1]))],
    fn: (a, b) => fn(a!, b!),
    torch: `torch.${name}(x[0], x[1])`,
    gradients: false,
  },
  {
    name,
    case: "ends",
    needs: "IEEE 754",
    inputs: () => [
      tensor([5, -5, 3, Infinity, 1, NaN, 6, 0.3]),
      tensor([Infinity, Infinity, -Infinity, 2, 0, 1, 3, 0.1]),
    ],
    fn: (a, b) => fn(a!, b!),
    torch: `torch.${name}(x[0], x[1])`,
    gradients: false,
  },
]);

const angle = (a: Num, b: Num): Tensor => atan2(a, b);

export const rows: readonly ConformanceRow[] = [
  ...rounding,
  {
    name: "round",
    case: "decimals",
    inputs: anywhere,
    fn: (x) => [round(x!, { decimals: 2 }), round(x!, { decimals: -1 })],
    torch: "(torch.round(x[0], decimals=2), torch.round(x[0], decimals=-1))",
    secondGradients: false,
  },
  { name: "frac", inputs: anywhere, fn: (x) => frac(x!), torch: "torch.frac(x[0])", oracle: each((x) => x % 1) },
  ...smooth,
  ...nearZero,
  ...ends,
  ...remainders,
  {
    name: "atan2",
    inputs: (g) => [randn([3, 4], { generator: g }), randn([3, 1], { generator: g })],
    fn: (a, b) => angle(a!, b!),
    torch: "torch.atan2(x[0], x[1])",
    right: () => [anyOf(...anywhere(), 2), anyOf(...anywhere(), 2)],
  },
  {
    name: "atan2",
    case: "axes and ends",
    inputs: () => [
      tensor([0, 0, 1, -1, 0, Infinity, -Infinity, Infinity, 1, 1, NaN]),
      tensor([1, -1, 0, 0, 0, Infinity, -Infinity, 1, Infinity, -Infinity, 1]),
    ],
    fn: (a, b) => angle(a!, b!),
    torch: "torch.atan2(x[0], x[1])",
    gradients: false,
  },
];
