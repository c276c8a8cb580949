import { type OpRecord, sameShape, type Shape, type Tensor, ValueError } from "@tapegrad/tensor";
import { averagePool2d } from "./convert-average-pool.ts";
import { functions } from "./convert-functions.ts";
import { pickGrid } from "./convert-pick-grid.ts";
import { reductions } from "./convert-reductions.ts";
import { conv2d, convTranspose2d, maxPool2d } from "./convert-windows.ts";
import { type Along, axisOf, castTo, type Converter, operands } from "./converter.ts";
import type { GraphBuilder } from "./graph-builder.ts";

/**
 * Adds the ONNX nodes of an op that was recorded.
 *
 * @throws ValueError if the op has no counterpart here.
 */
export function convertOp(graph: GraphBuilder, record: OpRecord, twin: OpRecord): void {
  const convert = converters.get(record.op.name);
  if (convert === undefined)
    throw new ValueError(`exportOnnx: the op ${record.op.name} has no counterpart in ONNX here`);
  const others = numbersOf(twin);
  if (!numbersOf(record).every((number, i) => Object.is(number, others[i])))
    throw new ValueError(`exportOnnx: a number of ${record.op.name} depends on the batch; set dynamicBatch to false`);
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

/** Numbers that a function takes, which are constants of the graph. */
function numbersOf({ params }: OpRecord): readonly unknown[] {
  const { operands: taken = [], scalars = [] } = Object(params) as Readonly<Record<string, readonly unknown[]>>;
  return [...taken.filter((operand) => typeof operand === "number"), ...scalars];
}

/** Functions that are one node of the same meaning, without attributes. */
const alike: Readonly<Record<string, string>> = {
  abs: "Abs",
  acos: "Acos",
  asin: "Asin",
  atan: "Atan",
  ceil: "Ceil",
  clone: "Identity",
  cos: "Cos",
  cosh: "Cosh",
  erf: "Erf",
  exp: "Exp",
  floor: "Floor",
  hardswish: "HardSwish",
  log: "Log",
  neg: "Neg",
  reciprocal: "Reciprocal",
  relu: "Relu",
  round: "Round",
  sigmoid: "Sigmoid",
  sign: "Sign",
  sin: "Sin",
  sinh: "Sinh",
  sqrt: "Sqrt",
  tan: "Tan",
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
  ["conv2dInputGrad", convTranspose2d],
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
  ["gather", gather],
  ["pickGrid", pickGrid(reshaped)],
  ["place", place],
  ...functions,
  ...reductions,
]);

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
  return reshaped(graph, x!, params as Shape, twin.params as Shape);
}

function reshaped(graph: GraphBuilder, x: string, shape: Shape, other: Shape): string {
  const varying = shape.filter((extent, axis) => extent !== other[axis]);
  if (varying.length > 1)
    throw new ValueError(
      `exportOnnx: reshape gives [${shape.join(", ")}], of which more than one extent depends on the batch; set dynamicBatch to false`,
    );
  return graph.node("Reshape", [x, graph.ints(shape.map((extent, axis) => (extent === other[axis] ? extent : -1)))]);
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

/** Positions are constants of the graph; those of `indexSelect` hold for all rows, those of `gather` are one for each value. */
function gather(graph: GraphBuilder, [x]: readonly string[], { params }: OpRecord, twin: OpRecord): string {
  const { index, shared } = params as Picks;
  const other = twin.params as Picks;
  if (!shared && !sameShape(index.shape, other.index.shape))
    throw new ValueError("exportOnnx: gather has positions for each example of the batch; set dynamicBatch to false");
  const axis = axisOf(other.values, other, other.picks);
  return graph.node(shared ? "Gather" : "GatherElements", [x!, graph.nameOf(index)], { axis: { int: axis } });
}

interface Picks extends Along {
  readonly index: Tensor;
  readonly values: Shape;
  readonly picks: Shape;
  readonly shared: boolean;
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
