import {
  abs,
  add,
  cast,
  clamp,
  clone,
  cos,
  div,
  elu,
  equal,
  erf,
  exp,
  gelu,
  type Generator,
  greater,
  greaterEqual,
  leakyRelu,
  less,
  lessEqual,
  log,
  log1p,
  maximum,
  minimum,
  mul,
  neg,
  notEqual,
  type Num,
  pow,
  rand,
  randn,
  reciprocal,
  relu,
  reluGrad,
  rsqrt,
  sigmoid,
  sign,
  silu,
  sin,
  softplus,
  sqrt,
  square,
  sub,
  tanh,
  tensor,
  type Tensor,
  where,
} from "@tapegrad/tensor";
import type { ConformanceRow, HostTensor } from "@tapegrad/test-support";

/** `shape` of standard normal values. */
function normal(generator: Generator, ...shape: number[]): Tensor {
  return randn(shape, { generator });
}

/** `shape` of values in [0.5, 2.5): away from what is undefined at 0. */
function positive(generator: Generator, ...shape: number[]): Tensor {
  return add(mul(rand(shape, { generator }), 2), 0.5);
}

function each(f: (x: number) => number): (x: HostTensor) => number[] {
  return ({ data }) => Array.from(data, f);
}

const anywhere = (g: Generator): Tensor[] => [normal(g, 3, 7)];
const aboveZero = (g: Generator): Tensor[] => [positive(g, 3, 7)];

const unary: ConformanceRow[] = [
  { name: "neg", inputs: anywhere, fn: (x) => neg(x!), oracle: each((x) => -x) },
  { name: "abs", inputs: anywhere, fn: (x) => abs(x!), oracle: each(Math.abs) },
  {
    name: "sign",
    inputs: anywhere,
    fn: (x) => sign(x!),
    oracle: each((x) => Math.sign(x) || 0),
    secondGradients: false,
  },
  { name: "square", inputs: anywhere, fn: (x) => square(x!), oracle: each((x) => x * x) },
  { name: "reciprocal", inputs: aboveZero, fn: (x) => reciprocal(x!), oracle: each((x) => 1 / x) },
  { name: "sqrt", inputs: aboveZero, fn: (x) => sqrt(x!), oracle: each(Math.sqrt) },
  { name: "rsqrt", inputs: aboveZero, fn: (x) => rsqrt(x!), oracle: each((x) => 1 / Math.sqrt(x)) },
  { name: "exp", inputs: anywhere, fn: (x) => exp(x!), oracle: each(Math.exp) },
  { name: "log", inputs: aboveZero, fn: (x) => log(x!), oracle: each(Math.log) },
  { name: "log1p", inputs: aboveZero, fn: (x) => log1p(x!), oracle: each(Math.log1p) },
  {
    name: "log1p",
    case: "near 0",
    inputs: (g) => [mul(normal(g, 20), 1e-6)],
    fn: (x) => log1p(x!),
    oracle: each(Math.log1p),
    gradients: false,
  },
  { name: "sin", inputs: anywhere, fn: (x) => sin(x!), oracle: each(Math.sin) },
  { name: "cos", inputs: anywhere, fn: (x) => cos(x!), oracle: each(Math.cos) },
  { name: "tanh", inputs: anywhere, fn: (x) => tanh(x!), oracle: each(Math.tanh) },
  { name: "sigmoid", inputs: anywhere, fn: (x) => sigmoid(x!), oracle: each((x) => 1 / (1 + Math.exp(-x))) },
  { name: "erf", inputs: anywhere, fn: (x) => erf(x!) },
  {
    name: "erf",
    case: "from end to end",
    inputs: () => [tensor(Array.from({ length: 41 }, (_, i) => (i - 20) / 3.7))],
    fn: (x) => erf(x!),
  },
  { name: "relu", inputs: anywhere, fn: (x) => relu(x!), oracle: each((x) => Math.max(x, 0)) },
  { name: "reluGrad", inputs: (g) => [normal(g, 3, 7), normal(g, 3, 7)], fn: (grad, y) => reluGrad(grad!, y!) },
  { name: "leakyRelu", inputs: anywhere, fn: (x) => leakyRelu(x!), oracle: each((x) => (x > 0 ? x : 0.01 * x)) },
  {
    name: "leakyRelu",
    case: "steep",
    inputs: anywhere,
    fn: (x) => leakyRelu(x!, 0.3),
    oracle: each((x) => (x > 0 ? x : 0.3 * x)),
  },
  { name: "gelu", inputs: anywhere, fn: (x) => gelu(x!) },
  { name: "gelu", case: "by tanh", inputs: anywhere, fn: (x) => gelu(x!, { approximate: "tanh" }) },
  { name: "silu", inputs: anywhere, fn: (x) => silu(x!), oracle: each((x) => x / (1 + Math.exp(-x))) },
  { name: "softplus", inputs: anywhere, fn: (x) => softplus(x!), oracle: each((x) => Math.log1p(Math.exp(x))) },
  {
    name: "softplus",
    case: "beta and threshold",
    inputs: anywhere,
    fn: (x) => softplus(x!, { beta: 3, threshold: 2 }),
    oracle: each((x) => (3 * x > 2 ? x : Math.log1p(Math.exp(3 * x)) / 3)),
  },
  { name: "elu", inputs: anywhere, fn: (x) => elu(x!), oracle: each((x) => (x > 0 ? x : Math.exp(x) - 1)) },
  {
    name: "elu",
    case: "alpha",
    inputs: anywhere,
    fn: (x) => elu(x!, 0.4),
    oracle: each((x) => (x > 0 ? x : 0.4 * (Math.exp(x) - 1))),
  },
  {
    name: "clamp",
    inputs: anywhere,
    fn: (x) => clamp(x!, { min: -0.5, max: 1 }),
    oracle: each((x) => Math.min(Math.max(x, -0.5), 1)),
  },
  {
    name: "clamp",
    case: "from below",
    inputs: anywhere,
    fn: (x) => clamp(x!, { min: 0.1 }),
    oracle: each((x) => Math.max(x, 0.1)),
  },
  {
    name: "cast",
    case: "to int32",
    inputs: (g) => [mul(normal(g, 30), 9)],
    fn: (x) => cast(x!, "int32"),
    oracle: each(Math.trunc),
    gradients: false,
  },
  {
    name: "cast",
    case: "to float32",
    inputs: () => [tensor([-3, 0, 7], { dtype: "int32" })],
    fn: (x) => cast(x!, "float32"),
    gradients: false,
  },
  { name: "clone", inputs: anywhere, fn: (x) => clone(x!), oracle: each((x) => x) },
];

/** How operands of binary ops may lie against each other. */
const layouts: readonly (readonly [what: string, a: readonly number[], b: readonly number[]])[] = [
  ["same shape", [3, 5], [3, 5]],
  ["a row", [4, 13], [13]],
  ["channels", [2, 3, 3, 3], [3, 1, 1]],
  ["both sides", [4, 1], [3, 1, 5]],
  ["a scalar tensor", [], [2, 9]],
];

type Binary = (a: Num, b: Num) => Tensor;

/** A row for each layout, and for a number on either side. */
function binaryRows(
  name: string,
  fn: Binary,
  f: (a: number, b: number) => number,
  make = normal,
  gradients = true,
): ConformanceRow[] {
  const rows: ConformanceRow[] = layouts.map(([what, a, b], i) => ({
    name,
    case: what,
    inputs: (g) => [make(g, ...a), make(g, ...b)],
    fn: (x, y) => fn(x!, y!),
    gradients,
    ...(i === 0 && {
      oracle: (x: HostTensor, y: HostTensor) => Array.from(x.data, (value, k) => f(value, y.data[k]!)),
    }),
  }));
  const number = 1.5;
  rows.push(
    {
      name,
      case: "a number after",
      inputs: (g) => [make(g, 11)],
      fn: (x) => fn(x!, number),
      oracle: each((x) => f(x, number)),
      gradients,
    },
    {
      name,
      case: "a number before",
      inputs: (g) => [make(g, 11)],
      fn: (x) => fn(number, x!),
      oracle: each((x) => f(number, x)),
      gradients,
    },
  );
  return rows;
}

const binary: ConformanceRow[] = [
  ...binaryRows("add", add, (a, b) => a + b),
  ...binaryRows("sub", sub, (a, b) => a - b),
  ...binaryRows("mul", mul, (a, b) => a * b),
  ...binaryRows("div", div, (a, b) => a / b, positive),
  ...binaryRows("pow", pow, (a, b) => a ** b, positive),
  ...binaryRows("maximum", maximum, Math.max),
  ...binaryRows("minimum", minimum, Math.min),
  ...binaryRows("equal", equal, (a, b) => Number(a === b), normal, false),
  ...binaryRows("notEqual", notEqual, (a, b) => Number(a !== b), normal, false),
  ...binaryRows("less", less, (a, b) => Number(a < b), normal, false),
  ...binaryRows("lessEqual", lessEqual, (a, b) => Number(a <= b), normal, false),
  ...binaryRows("greater", greater, (a, b) => Number(a > b), normal, false),
  ...binaryRows("greaterEqual", greaterEqual, (a, b) => Number(a >= b), normal, false),
  {
    name: "pow",
    case: "whole exponents of negative bases",
    inputs: anywhere,
    fn: (x) => pow(x!, 3),
    oracle: each((x) => x ** 3),
  },
  { name: "pow", case: "square", inputs: anywhere, fn: (x) => pow(x!, 2), oracle: each((x) => x * x) },
  { name: "mul", case: "an operand with itself", inputs: anywhere, fn: (x) => mul(x!, x!), oracle: each((x) => x * x) },
];

const integers = (g: Generator): Tensor[] => [integer(g, 5, 6), integer(g, 6)];

function integer(generator: Generator, ...shape: number[]): Tensor {
  const size = shape.reduce((product, extent) => product * extent, 1);
  return tensor(
    Int32Array.from({ length: size }, () => generator.integer(21) - 10),
    { shape },
  );
}

const int32: ConformanceRow[] = [
  { name: "add", case: "int32", inputs: integers, fn: (a, b) => add(a!, b!), gradients: false },
  {
    name: "sub",
    case: "int32 and a number",
    inputs: integers,
    fn: (a) => sub(3, a!),
    gradients: false,
    oracle: each((x) => 3 - x),
  },
  { name: "mul", case: "int32", inputs: integers, fn: (a, b) => mul(a!, b!), gradients: false },
  { name: "div", case: "int32", inputs: integers, fn: (a) => div(a!, 4), gradients: false, oracle: each((x) => x / 4) },
  {
    name: "add",
    case: "int32 and float32",
    inputs: (g) => [integer(g, 6), normal(g, 2, 6)],
    fn: (a, b) => add(a!, b!),
  },
  { name: "maximum", case: "int32", inputs: integers, fn: (a, b) => maximum(a!, b!), gradients: false },
  { name: "minimum", case: "int32", inputs: integers, fn: (a, b) => minimum(a!, b!), gradients: false },
  { name: "less", case: "int32", inputs: integers, fn: (a, b) => less(a!, b!), gradients: false },
  { name: "equal", case: "int32", inputs: integers, fn: (a, b) => equal(a!, b!), gradients: false },
  { name: "neg", case: "int32", inputs: integers, fn: (a) => neg(a!), gradients: false, oracle: each((x) => 0 - x) },
  { name: "abs", case: "int32", inputs: integers, fn: (a) => abs(a!), gradients: false, oracle: each(Math.abs) },
  { name: "sign", case: "int32", inputs: integers, fn: (a) => sign(a!), gradients: false, oracle: each(Math.sign) },
  {
    name: "square",
    case: "int32",
    inputs: integers,
    fn: (a) => square(a!),
    gradients: false,
    oracle: each((x) => x * x),
  },
  {
    name: "relu",
    case: "int32",
    inputs: integers,
    fn: (a) => relu(a!),
    gradients: false,
    oracle: each((x) => Math.max(x, 0)),
  },
  {
    name: "clamp",
    case: "int32",
    inputs: integers,
    fn: (a) => clamp(a!, { min: -2, max: 5 }),
    gradients: false,
    oracle: each((x) => Math.min(Math.max(x, -2), 5)),
  },
  {
    name: "exp",
    case: "int32 becomes float32",
    inputs: integers,
    fn: (a) => exp(a!),
    gradients: false,
    oracle: each(Math.exp),
  },
  { name: "where", case: "int32", inputs: integers, fn: (a, b) => where(a!, b!, -1), gradients: false },
];

const choice: ConformanceRow[] = [
  {
    name: "where",
    inputs: (g) => [normal(g, 4, 5), normal(g, 4, 5), normal(g, 4, 5)],
    fn: (c, a, b) => where(greater(c!, 0), a!, b!),
  },
  {
    name: "where",
    case: "broadcast",
    inputs: (g) => [normal(g, 4, 1), normal(g, 5), normal(g, 2, 1, 1)],
    fn: (c, a, b) => where(greater(c!, 0), a!, b!),
  },
  {
    name: "where",
    case: "a number and a tensor",
    inputs: (g) => [normal(g, 4, 5), normal(g, 5)],
    fn: (c, b) => where(greater(c!, 0), 2, b!),
  },
  { name: "where", case: "the same tensor twice", inputs: anywhere, fn: (x) => where(greater(x!, 0), x!, mul(x!, 2)) },
];

export const rows: readonly ConformanceRow[] = [...unary, ...binary, ...int32, ...choice];
