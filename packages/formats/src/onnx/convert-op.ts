import { type DType, type OpRecord, sameShape, scalar, type Shape, ValueError } from "@tapegrad/tensor";
import { geluTanhOpcode, type Reduced } from "@tapegrad/tensor/internal";
import { averagePool2d } from "./convert-average-pool.ts";
import { conv2d, maxPool2d } from "./convert-windows.ts";
import type { GraphBuilder } from "./graph-builder.ts";

/**
 * Adds the nodes of one op and returns the name of its result.
 *
 * `twin` is the record of the same op for a batch of another size, or `record` itself if the batch shall not vary.
 */
type Converter = (graph: GraphBuilder, inputs: readonly string[], record: OpRecord, twin: OpRecord) => string;

/**
 * Adds the ONNX nodes of an op that was recorded.
 *
 * @throws ValueError if the op has no counterpart here.
 */
export function convertOp(graph: GraphBuilder, record: OpRecord, twin: OpRecord): void {
  const convert = converters.get(record.op.name);
  if (convert === undefined)
    throw new ValueError(`exportOnnx: the op ${record.op.name} has no counterpart in ONNX here`);
  graph.bind(
    record.outputs[0]!,
    convert(
      graph,
      record.inputs.map((input) => graph.nameOf(input)),
      record,
      twin,
    ),
  );
}

/** Functions that are one node of the same meaning, without attributes. */
const alike: Readonly<Record<string, string>> = {
  abs: "Abs",
  clone: "Identity",
  cos: "Cos",
  erf: "Erf",
  exp: "Exp",
  hardswish: "HardSwish",
  log: "Log",
  neg: "Neg",
  reciprocal: "Reciprocal",
  relu: "Relu",
  sigmoid: "Sigmoid",
  sign: "Sign",
  sin: "Sin",
  sqrt: "Sqrt",
  tanh: "Tanh",
};

const binary: Readonly<Record<string, string>> = {
  add: "Add",
  sub: "Sub",
  mul: "Mul",
  div: "Div",
  pow: "Pow",
  maximum: "Max",
  minimum: "Min",
};

/** Comparisons: true and false in ONNX, 1 and 0 here. */
const comparisons: Readonly<Record<string, string>> = {
  equal: "Equal",
  less: "Less",
  lessEqual: "LessOrEqual",
  greater: "Greater",
  greaterEqual: "GreaterOrEqual",
};

/** Numbers of TensorProto.DataType. */
const elementTypes = { float32: 1, int32: 6, bool: 9 } as const;

const converters: ReadonlyMap<string, Converter> = new Map<string, Converter>([
  ...Object.entries(alike).map(([name, opType]): [string, Converter] => [
    name,
    (graph, inputs) => graph.node(opType, inputs),
  ]),
  ...Object.entries(binary).map(([name, opType]): [string, Converter] => [
    name,
    (graph, inputs, record) => graph.node(opType, operands(graph, inputs, record)),
  ]),
  ...Object.entries(comparisons).map(([name, opType]): [string, Converter] => [
    name,
    (graph, inputs, record) =>
      castTo(graph, graph.node(opType, operands(graph, inputs, record)), record.outputs[0]!.dtype),
  ]),
  [
    "notEqual",
    (graph, inputs, record) =>
      castTo(
        graph,
        graph.node("Not", [graph.node("Equal", operands(graph, inputs, record))]),
        record.outputs[0]!.dtype,
      ),
  ],
  ["where", where],
  ["cast", (graph, [x], { params }) => castTo(graph, x!, params as "float32" | "int32")],
  ["conv2d", conv2d],
  ["linear", linear],
  ["matmul", matmul],
  ["maxPool2d", maxPool2d],
  ["averagePool2d", averagePool2d],
  ["reshape", reshape],
  ["broadcastTo", broadcastTo],
  ["permute", (graph, inputs, { params }) => graph.node("Transpose", inputs, { perm: { ints: params as Shape } })],
  ["cat", (graph, inputs, { params }) => graph.node("Concat", inputs, { axis: { int: params as number } })],
  ["softmax", (graph, inputs, { params }) => graph.node("Softmax", inputs, { axis: { int: params as number } })],
  ["logSoftmax", (graph, inputs, { params }) => graph.node("LogSoftmax", inputs, { axis: { int: params as number } })],
  ["take", take],
  ["flip", flip],
  ["place", place],
  [
    "mean",
    (graph, inputs, record) =>
      graph.node("ReduceMean", inputs, { axes: { ints: reduced(record).dims }, keepdims: reduced(record).keepdims }),
  ],
  [
    "sum",
    (graph, inputs, record) =>
      graph.node("ReduceSum", [...inputs, graph.ints(reduced(record).dims)], { keepdims: reduced(record).keepdims }),
  ],
  ["square", (graph, [x]) => graph.node("Mul", [x!, x!])],
  ["rsqrt", (graph, inputs) => graph.node("Reciprocal", [graph.node("Sqrt", inputs)])],
  ["log1p", (graph, [x]) => graph.node("Log", [graph.node("Add", [x!, graph.float(1)])])],
  ["silu", (graph, [x]) => graph.node("Mul", [x!, graph.node("Sigmoid", [x!])])],
  ["elu", (graph, inputs, record) => graph.node("Elu", inputs, { alpha: { float: scalars(record)[0]! } })],
  ["leakyRelu", (graph, inputs, record) => graph.node("LeakyRelu", inputs, { alpha: { float: scalars(record)[0]! } })],
  ["clamp", clamp],
  ["softplus", softplus],
  ["gelu", gelu],
  ["mish", (graph, [x]) => graph.node("Mul", [x!, graph.node("Tanh", [graph.node("Softplus", [x!])])])],
]);

function scalars({ params }: OpRecord): readonly number[] {
  return (params as { readonly scalars: readonly number[] }).scalars;
}

/** Tensors and numbers in the order in which a function takes them. */
function operands(graph: GraphBuilder, inputs: readonly string[], { params, inputs: [first] }: OpRecord): string[] {
  const { operands, dtype = first!.dtype } = params as {
    readonly operands: readonly ({ readonly input: number } | number)[];
    readonly dtype?: DType;
  };
  const number = (value: number): string =>
    dtype === "int32" ? graph.constant(scalar(value, "int32")) : graph.float(value);
  return operands.map((operand) => (typeof operand === "number" ? number(operand) : inputs[operand.input]!));
}

function castTo(graph: GraphBuilder, name: string, dtype: keyof typeof elementTypes): string {
  return graph.node("Cast", [name], { to: { int: elementTypes[dtype] } });
}

function where(graph: GraphBuilder, inputs: readonly string[], record: OpRecord): string {
  const [condition, a, b] = operands(graph, inputs, record) as [string, string, string];
  return graph.node("Where", [castTo(graph, condition, "bool"), a, b]);
}

function linear(graph: GraphBuilder, inputs: readonly string[]): string {
  return graph.node("Gemm", inputs, { transB: { int: 1 } });
}

function matmul(graph: GraphBuilder, inputs: readonly string[], { params, inputs: factors }: OpRecord): string {
  const { transposeA, transposeB } = params as { readonly transposeA: boolean; readonly transposeB: boolean };
  const oriented = inputs.map((name, i) => {
    if (!(i === 0 ? transposeA : transposeB)) return name;
    const { rank } = factors[i]!;
    const perm = Array.from({ length: rank }, (_, axis) => axis);
    [perm[rank - 2], perm[rank - 1]] = [rank - 1, rank - 2];
    return graph.node("Transpose", [name], { perm: { ints: perm } });
  });
  return graph.node("MatMul", oriented);
}

/** The extent that depends on the batch, if one does, is left open. */
function reshape(graph: GraphBuilder, [x]: readonly string[], { params }: OpRecord, twin: OpRecord): string {
  const [shape, other] = [params as Shape, twin.params as Shape];
  const varying = shape.filter((extent, axis) => extent !== other[axis]);
  if (varying.length > 1)
    throw new ValueError(
      `exportOnnx: reshape gives [${shape.join(", ")}], of which more than one extent depends on the batch; set dynamicBatch to false`,
    );
  return graph.node("Reshape", [x!, graph.ints(shape.map((extent, axis) => (extent === other[axis] ? extent : -1)))]);
}

/** Extents that do not grow are 1, which keeps whatever is there: the batch may vary. */
function broadcastTo(graph: GraphBuilder, [x]: readonly string[], { params, inputs: [given] }: OpRecord): string {
  const shape = params as Shape;
  const own = [...Array.from({ length: shape.length - given!.rank }, () => 0), ...given!.shape];
  return graph.node("Expand", [x!, graph.ints(shape.map((extent, axis) => (extent === own[axis] ? 1 : extent)))]);
}

interface Placement {
  readonly shape: Shape;
  readonly starts: readonly number[];
  readonly steps: readonly number[];
}

/** Only axes of which something is left out are named, so that the batch may vary. */
function take(graph: GraphBuilder, [x]: readonly string[], { params, inputs: [given] }: OpRecord): string {
  const { shape, starts, steps } = params as Placement;
  const axes = shape
    .map((_, axis) => axis)
    .filter((axis) => starts[axis] !== 0 || steps[axis] !== 1 || shape[axis] !== given!.shape[axis]);
  // A step backwards past the first element: −1 would mean the last one.
  const ends = axes
    .map((axis) => starts[axis]! + shape[axis]! * steps[axis]!)
    .map((end) => (end < 0 ? -(2 ** 31) : end));
  return graph.node("Slice", [
    x!,
    graph.ints(axes.map((axis) => starts[axis]!)),
    graph.ints(ends),
    graph.ints(axes),
    graph.ints(axes.map((axis) => steps[axis]!)),
  ]);
}

function flip(graph: GraphBuilder, [x]: readonly string[], { params }: OpRecord): string {
  const dims = params as readonly number[];
  const each = (value: number): string => graph.ints(dims.map(() => value));
  return graph.node("Slice", [x!, each(-1), each(-(2 ** 31)), graph.ints(dims), each(-1)]);
}

function place(graph: GraphBuilder, [x]: readonly string[], { params, inputs: [given] }: OpRecord): string {
  const { shape, starts, steps, value } = params as Placement & { readonly value: number };
  if (
    !sameShape(
      steps,
      given!.shape.map(() => 1),
    )
  )
    throw new ValueError("exportOnnx: values spread apart have no counterpart in ONNX here");
  const after = shape.map((extent, axis) => extent - starts[axis]! - given!.shape[axis]!);
  return graph.node("Pad", [x!, graph.ints([...starts, ...after]), graph.float(value)]);
}

function reduced({ params }: OpRecord): {
  readonly dims: readonly number[];
  readonly keepdims: { readonly int: number };
} {
  const { dims, shape, keepDimShape } = params as Reduced;
  return { dims, keepdims: { int: Number(shape.length === keepDimShape.length) } };
}

function clamp(graph: GraphBuilder, [x]: readonly string[], record: OpRecord): string {
  const bounds = scalars(record).map((bound) => (Number.isFinite(bound) ? graph.float(bound) : ""));
  return graph.node("Clip", [x!, ...bounds]);
}

/** ln(1 + e^{beta·x}) / beta. Beyond the threshold, where the op returns x itself, both agree to rounding. */
function softplus(graph: GraphBuilder, [x]: readonly string[], record: OpRecord): string {
  const [beta, threshold] = scalars(record) as [number, number];
  if (threshold < 20)
    throw new ValueError(`exportOnnx: softplus with the threshold ${threshold} has no counterpart in ONNX`);
  if (beta === 1) return graph.node("Softplus", [x!]);
  return graph.node("Div", [graph.node("Softplus", [graph.node("Mul", [x!, graph.float(beta)])]), graph.float(beta)]);
}

/** ½x · (1 + erf(x / √2)), or the approximation by tanh, which is the op's other variant. */
function gelu(graph: GraphBuilder, [x]: readonly string[], { params }: OpRecord): string {
  const approximate = (params as { readonly opcode: number }).opcode === geluTanhOpcode;
  const inner = approximate
    ? tanhOfCubic(graph, x!)
    : graph.node("Erf", [graph.node("Mul", [x!, graph.float(Math.SQRT1_2)])]);
  return graph.node("Mul", [graph.node("Mul", [x!, graph.float(0.5)]), graph.node("Add", [inner, graph.float(1)])]);
}

/** tanh(√(2/π) · (x + 0.044715x³)) */
function tanhOfCubic(graph: GraphBuilder, x: string): string {
  const cube = graph.node("Mul", [graph.node("Mul", [x, x]), x]);
  const sum = graph.node("Add", [x, graph.node("Mul", [cube, graph.float(0.044715)])]);
  return graph.node("Tanh", [graph.node("Mul", [sum, graph.float(Math.sqrt(2 / Math.PI))])]);
}
