import * as t from "@tapegrad/tensor";
import { type CallCase, calls, type Target } from "../case.ts";
import type { Draw, ValueOptions } from "../draw.ts";
import { keywords, python } from "../python.ts";

type Unary = (x: t.Tensor) => t.Tensor;

const unary: readonly (readonly [name: string, op: Unary, torch: string, options?: ValueOptions])[] = [
  ["abs", t.abs, "torch.abs"],
  ["neg", t.neg, "torch.neg"],
  ["sign", t.sign, "torch.sign"],
  ["exp", t.exp, "torch.exp"],
  ["log", t.log, "torch.log", { range: [-0.5, 4] }],
  ["log1p", t.log1p, "torch.log1p", { range: [-1.5, 4] }],
  ["sqrt", t.sqrt, "torch.sqrt", { range: [-0.5, 4] }],
  ["rsqrt", t.rsqrt, "torch.rsqrt", { range: [-0.5, 4] }],
  ["square", t.square, "torch.square"],
  ["reciprocal", t.reciprocal, "torch.reciprocal"],
  ["sin", t.sin, "torch.sin"],
  ["cos", t.cos, "torch.cos"],
  ["tanh", t.tanh, "torch.tanh"],
  ["erf", t.erf, "torch.erf"],
];

const arithmetic: readonly (readonly [name: string, op: (a: t.Num, b: t.Num) => t.Tensor, sign: string])[] = [
  ["add", t.add, "+"],
  ["sub", t.sub, "-"],
  ["mul", t.mul, "*"],
  ["div", t.div, "/"],
  ["pow", t.pow, "**"],
  ["equal", t.equal, "=="],
  ["notEqual", t.notEqual, "!="],
  ["less", t.less, "<"],
  ["lessEqual", t.lessEqual, "<="],
  ["greater", t.greater, ">"],
  ["greaterEqual", t.greaterEqual, ">="],
];

/** Arithmetic, comparisons and mathematical functions, one element at a time. */
export const elementwise: readonly Target[] = [
  ...unary.map(([name, op, torch, options]) =>
    calls(name, op, (draw) => ({
      inputs: [draw.numbers(draw.shape(), options)],
      torch: `${torch}(x[0])`,
      run: ([x]) => op(x!),
    })),
  ),
  ...arithmetic.map(([name, op, sign]) => calls(name, op, (draw) => binary(draw, op, (a, b) => `${a} ${sign} ${b}`))),
  ...(
    [
      ["maximum", t.maximum],
      ["minimum", t.minimum],
    ] as const
  ).map(([name, op]) =>
    calls(name, op, (draw) =>
      binary(draw, op, (a, b) => `torch.${name}(torch.as_tensor(${a}), torch.as_tensor(${b}))`),
    ),
  ),
  calls("where", t.where, (draw) => {
    const shape = draw.shape(0, 3);
    const condition = { ...draw.integers(broadcastable(draw, shape), 0, 1), kind: "int32" as const };
    const inputs = [condition, draw.floats(shape), draw.floats(broadcastable(draw, shape))];
    return { inputs, torch: "torch.where(x[0] != 0, x[1], x[2])", run: ([c, a, b]) => t.where(c!, a!, b!) };
  }),
  calls("clamp", t.clamp, (draw) => {
    const bound = (): number | undefined => (draw.chance(0.7) ? draw.integer(-6, 6) / 2 : undefined);
    const options = { ...given("min", bound()), ...given("max", bound()) };
    return {
      inputs: [draw.numbers(draw.shape())],
      torch: `torch.clamp(x[0]${keywords(options)})`,
      run: ([x]) => t.clamp(x!, options),
    };
  }),
  calls("cast", t.cast, (draw) => {
    const dtype = draw.pick(["float32", "int32"] as const);
    const torch = dtype === "int32" ? "x[0].to(torch.int32)" : "x[0].to(torch.get_default_dtype())";
    return {
      inputs: [draw.numbers(draw.shape(), { edges: dtype === "float32" })],
      torch,
      run: ([x]) => t.cast(x!, dtype),
    };
  }),
  calls("clone", t.clone, (draw) => ({
    inputs: [draw.numbers(draw.shape())],
    torch: "torch.clone(x[0])",
    run: ([x]) => t.clone(x!),
  })),
];

/** Two tensors that may have to be broadcast, or a tensor and a number on either side. */
function binary(
  draw: Draw,
  op: (a: t.Num, b: t.Num) => t.Tensor,
  torch: (a: string, b: string) => string,
): Omit<CallCase, "type"> {
  const shape = draw.shape();
  const kind = draw.integer(0, 3);
  if (kind < 2) {
    const value = draw.pick([2, 3, -1, 0, 0.5, -0.5, 1, draw.number(-3, 3)]);
    const inputs = [draw.numbers(shape)];
    return kind === 0
      ? { inputs, torch: torch("x[0]", `(${python(value)})`), run: ([x]) => op(x!, value) }
      : { inputs, torch: torch(`(${python(value)})`, "x[0]"), run: ([x]) => op(value, x!) };
  }
  const other = draw.chance(0.03) ? draw.shape() : broadcastable(draw, shape);
  const inputs = draw.shuffled([draw.numbers(shape), draw.numbers(other)]);
  return { inputs, torch: torch("x[0]", "x[1]"), run: ([a, b]) => op(a!, b!) };
}

/** A shape that goes with another one: axes of 1, and leading ones left out. */
export function broadcastable(draw: Draw, shape: readonly number[]): number[] {
  const ones = shape.map((extent) => (draw.chance(0.3) ? 1 : extent));
  return ones.slice(draw.chance(0.3) ? draw.integer(0, shape.length) : 0);
}

/** An option, or none if the value is undefined. */
export function given<K extends string, V>(name: K, value: V | undefined): { readonly [N in K]?: V } {
  return (value === undefined ? {} : { [name]: value }) as { readonly [N in K]?: V };
}
