import {
  acosh,
  add,
  asinh,
  atanh,
  copysign,
  deg2rad,
  floorDivide,
  fmax,
  fmin,
  type Generator,
  heaviside,
  hypot,
  isclose,
  isin,
  isneginf,
  isposinf,
  logaddexp,
  logaddexp2,
  logit,
  mul,
  rad2deg,
  rand,
  randn,
  signbit,
  sinc,
  tensor,
  type Tensor,
  xlogy,
} from "@tapegrad/tensor";
import type { ConformanceRow, HostTensor } from "@tapegrad/test-support";
import { anyOf } from "@tapegrad/test-support/bad-arguments";
import { atEnds } from "../at-ends.ts";

const anywhere = (g?: Generator): Tensor[] => [mul(randn([3, 5], g && { generator: g }), 2)];
const two = (g?: Generator): Tensor[] => [...anywhere(g), randn([5], g && { generator: g })];
const within = (g: Generator): Tensor[] => [mul(tensor([[-0.9], [0.9]]), rand([2, 5], { generator: g }))];
const aboveOne = (g: Generator): Tensor[] => [add(mul(rand([2, 5], { generator: g }), 4), 1.1)];
const probabilities = (g: Generator): Tensor[] => [add(mul(rand([2, 5], { generator: g }), 0.8), 0.1)];
const eitherNumber = (): unknown[] => [anyOf(...anywhere(), 2), anyOf(...anywhere(), 2)];

function each(f: (x: number) => number): (x: HostTensor) => number[] {
  return ({ data }) => Array.from(data, f);
}

const ofOne = (
  [
    ["asinh", asinh, anywhere, Math.asinh],
    ["acosh", acosh, aboveOne, Math.acosh],
    ["atanh", atanh, within, Math.atanh],
    ["sinc", sinc, anywhere, (x) => Math.sin(Math.PI * x) / (Math.PI * x)],
    ["logit", logit, probabilities, (x) => Math.log(x / (1 - x))],
    ["deg2rad", deg2rad, anywhere, (x) => (x * Math.PI) / 180],
    ["rad2deg", rad2deg, anywhere, (x) => (x * 180) / Math.PI],
  ] as const satisfies readonly (readonly [string, unknown, unknown, (x: number) => number])[]
).map(([name, fn, inputs, f]): ConformanceRow => ({
  name,
  inputs,
  fn: (x) => fn(x!),
  torch: `torch.${name}(x[0])`,
  oracle: each(f),
  ...(name === "logit" && { right: () => [...anywhere(), { eps: anyOf(0.1, null) }] }),
}));

const ends = atEnds([
  ["asinh", asinh, [0, 1e-6, -1e-6, 8000, 1e30, -1e30, Infinity, -Infinity, NaN]],
  ["acosh", acosh, [1, 1.0000001, 0.5, 9000, 1e30, Infinity, -1e6, -1e9, -Infinity, NaN]],
  ["atanh", atanh, [0, 1e-6, 1, -1, 1.5, Infinity, NaN]],
  ["sinc", sinc, [0, 1, 1e-20, 0.5, NaN]],
  ["logit", logit, [0, 1, 1e-20, 1.5, -1, NaN]],
  ["signbit", signbit, [0, -0, 2, -2, Infinity, -Infinity]],
  ["isposinf", isposinf, [0, Infinity, -Infinity, NaN]],
  ["isneginf", isneginf, [0, Infinity, -Infinity, NaN]],
]);

const ofTwo = (
  [
    ["hypot", hypot],
    ["logaddexp", logaddexp],
    ["logaddexp2", logaddexp2],
    ["copysign", copysign],
    ["fmax", fmax],
    ["fmin", fmin],
  ] as const
).map(([name, fn]): ConformanceRow => ({
  name,
  inputs: two,
  fn: (a, b) => fn(a!, b!),
  torch: `torch.${name}(x[0], x[1])`,
  right: eitherNumber,
}));

const [a, b] = [
  [0, 0, 3, Infinity, -Infinity, Infinity, NaN, 1e30, 2, -2],
  [0, 2, NaN, Infinity, -Infinity, -Infinity, 1, 1e30, 0, -0],
];
const pairs = (
  [
    ["hypot", hypot],
    ["logaddexp", logaddexp],
    ["logaddexp2", logaddexp2],
    ["fmax", fmax],
    ["fmin", fmin],
    ["xlogy", xlogy],
  ] as const
).map(([name, fn]): ConformanceRow => ({
  name,
  case: "ends",
  needs: "IEEE 754",
  inputs: () => [tensor([...a!]), tensor([...b!])],
  fn: (x, y) => fn(x!, y!),
  torch: `torch.${name}(x[0], x[1])`,
  gradients: false,
  right: eitherNumber,
}));

export const rows: readonly ConformanceRow[] = [
  ...ofOne,
  ...ends,
  ...ofTwo,
  ...pairs,
  {
    name: "logit",
    case: "clamped",
    inputs: (g) => [rand([3, 5], { generator: g })],
    fn: (x) => logit(x!, { eps: 0.25 }),
    torch: "torch.logit(x[0], 0.25)",
  },
  {
    name: "xlogy",
    inputs: (g) => [...anywhere(g), add(rand([5], { generator: g }), 0.5)],
    fn: (x, y) => [xlogy(x!, y!), xlogy(2, y!), xlogy(x!, 3)],
    torch: "(torch.xlogy(x[0], x[1]), torch.xlogy(2, x[1]), torch.xlogy(x[0], 3))",
    right: eitherNumber,
  },
  {
    name: "heaviside",
    inputs: () => [tensor([-2, 0, 3, 0, -0]), tensor([0.5, 0.25, 1, -1, 7])],
    fn: (x, values) => heaviside(x!, values!),
    torch: "torch.heaviside(x[0].detach(), x[1].detach())",
    gradients: false,
  },
  {
    name: "copysign",
    case: "a number, and zeros",
    needs: "IEEE 754",
    inputs: () => [tensor([-2, 0, 3, Infinity])],
    fn: (x) => [copysign(x!, -1), copysign(x!, -0), copysign(x!, tensor([1, -1, -0, -2], { device: x!.device }))],
    torch:
      "(torch.copysign(x[0], -1), torch.copysign(x[0], -0.0), torch.copysign(x[0], torch.tensor([1, -1, -0.0, -2])))",
    gradients: false,
  },
  {
    name: "floorDivide",
    inputs: two,
    fn: (x, y) => [floorDivide(x!, y!), floorDivide(x!, -0.75), floorDivide(7, y!)],
    torch:
      "(torch.floor_divide(x[0], x[1]), torch.floor_divide(x[0], -0.75), torch.floor_divide(torch.tensor(7.0), x[1]))",
    gradients: false,
    right: eitherNumber,
  },
  {
    name: "floorDivide",
    case: "tiny operands",
    needs: "IEEE 754",
    inputs: () => [tensor([-1e-30, 1e-30, 1e-30, -1e-30]), tensor([1e-20, -1e-20, 1e-20, -1e-20])],
    fn: (x, y) => floorDivide(x!, y!),
    torch: "torch.floor_divide(x[0], x[1])",
    gradients: false,
  },
  {
    name: "floorDivide",
    case: "int32",
    inputs: () => [
      tensor(new Int32Array([7, -7, 6, -6, 0, 5, -16777215, 16777213])),
      tensor(new Int32Array([3, 3, -3, -3, 4, -1, 2, 1])),
    ],
    fn: (x, y) => floorDivide(x!, y!),
    torch: "torch.floor_divide(x[0], x[1])",
    gradients: false,
  },
  {
    name: "isclose",
    needs: "IEEE 754",
    inputs: () => [tensor([1, 1, 1, Infinity, 1, NaN]), tensor([1, 1.000001, 1.1, Infinity, Infinity, NaN])],
    fn: (x, y) => [isclose(x!, y!), isclose(x!, y!, { equalNan: true, rtol: 0.2 })],
    torch: "(torch.isclose(x[0], x[1]).float(), torch.isclose(x[0], x[1], equal_nan=True, rtol=0.2).float())",
    gradients: false,
    right: () => [...anywhere(), ...anywhere(), { rtol: 1e-5, atol: 1e-8, equalNan: true }],
  },
  {
    name: "isin",
    inputs: () => [
      tensor([
        [1, 2, 3],
        [4, 5, 6],
      ]),
      tensor([
        [2, 6],
        [7, 1],
      ]),
    ],
    fn: (x, values) => [isin(x!, values!), isin(x!, values!, { invert: true })],
    torch: "(torch.isin(x[0], x[1]).float(), torch.isin(x[0], x[1], invert=True).float())",
    gradients: false,
    right: () => [...anywhere(), ...anywhere(), { invert: true }],
  },
];
