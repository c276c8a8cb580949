import type { OpRecord } from "@tapegrad/tensor";
import type { Reduced } from "@tapegrad/tensor/internal";
import { type Along, axisOf, type Converter } from "./converter.ts";
import type { GraphBuilder } from "./graph-builder.ts";

/** Reductions whose axes are an attribute in ONNX. */
const byAttribute: Readonly<Record<string, string>> = {
  mean: "ReduceMean",
  max: "ReduceMax",
  amax: "ReduceMax",
  min: "ReduceMin",
  amin: "ReduceMin",
  sumSquares: "ReduceSumSquare",
};

/** How ops that reduce axes, or run along them, are converted. */
export const reductions: readonly (readonly [name: string, convert: Converter])[] = [
  ...Object.entries(byAttribute).map(([name, opType]): [string, Converter] => [
    name,
    (graph, inputs, record) => {
      const { dims, keepdims } = reduced(record);
      return graph.node(opType, inputs, { axes: { ints: dims }, keepdims });
    },
  ]),
  [
    "sum",
    (graph, inputs, record) =>
      graph.node("ReduceSum", [...inputs, graph.ints(reduced(record).dims)], { keepdims: reduced(record).keepdims }),
  ],
  ["norm", norm],
  ["divideByRms", divideByRms],
  ["varMean", varMean],
  ["cumsum", cumsum],
];

/** A norm of another order than 0, 1 and ±∞, with its axes kept. */
function norm(graph: GraphBuilder, [x]: readonly string[], { params }: OpRecord): string {
  const { p, dims } = params as { readonly p: number; readonly dims: readonly number[] };
  const keepdims = { int: 1 };
  if (p === 2) return graph.node("Sqrt", [graph.node("ReduceSumSquare", [x!], { axes: { ints: dims }, keepdims })]);
  const powers = graph.node("Pow", [graph.node("Abs", [x!]), graph.float(p)]);
  return graph.node("Pow", [graph.node("ReduceSum", [powers, graph.ints(dims)], { keepdims }), graph.float(1 / p)]);
}

function divideByRms(graph: GraphBuilder, [x]: readonly string[], { params }: OpRecord): string {
  const { axes, count, eps } = params as {
    readonly axes: readonly number[];
    readonly count: number;
    readonly eps: number;
  };
  const squares = graph.node("ReduceSumSquare", [x!], { axes: { ints: axes }, keepdims: { int: 1 } });
  const mean = graph.node("Div", [squares, graph.float(count)]);
  return graph.node("Div", [x!, graph.node("Sqrt", [graph.node("Add", [mean, graph.float(eps)])])]);
}

/** The variance; the mean is the op's second output. */
function varMean(graph: GraphBuilder, [x]: readonly string[], record: OpRecord): string {
  const { correction, count } = record.params as Reduced & { readonly correction: number };
  const { dims, keepdims } = reduced(record);
  const axes = { ints: dims };
  graph.bind(record.outputs[1]!, graph.node("ReduceMean", [x!], { axes, keepdims }));
  const deviation = graph.node("Sub", [x!, graph.node("ReduceMean", [x!], { axes })]);
  const squares = graph.node("ReduceSumSquare", [deviation], { axes, keepdims });
  return graph.node("Div", [squares, graph.float(Math.max(0, count - correction))]);
}

function cumsum(
  graph: GraphBuilder,
  [x]: readonly string[],
  _: OpRecord,
  { params, inputs: [given] }: OpRecord,
): string {
  return graph.node("CumSum", [x!, graph.ints([axisOf(given!.shape, params as Along)])]);
}

function reduced({ params }: OpRecord): {
  readonly dims: readonly number[];
  readonly keepdims: { readonly int: number };
} {
  const { dims, shape, keepDimShape } = params as Reduced;
  return { dims, keepdims: { int: Number(shape.length === keepDimShape.length) } };
}
