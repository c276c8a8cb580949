import { type OpRecord, ValueError } from "@tapegrad/tensor";
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
    (graph, [given], { params }) => {
      const { x, axes, keepdims } = reduced(graph, given!, params as Reduced);
      return graph.node(opType, [x], { axes, keepdims });
    },
  ]),
  [
    "sum",
    (graph, [given], { params }) => {
      const { x, axes, keepdims } = reduced(graph, given!, params as Reduced);
      return graph.node("ReduceSum", [x, graph.ints(axes.ints)], { keepdims });
    },
  ],
  ["norm", norm],
  ["divideByRms", divideByRms],
  ["varMean", varMean],
  ["cumsum", cumsum],
];

/** A norm of another order than 0, 1 and ±∞, with its axes kept. */
function norm(graph: GraphBuilder, [given]: readonly string[], { params }: OpRecord): string {
  const { p, dims } = params as { readonly p: number; readonly dims: readonly number[] };
  const { x, axes, keepdims } = along(graph, given!, dims, true);
  if (p === 2) return graph.node("Sqrt", [graph.node("ReduceSumSquare", [x], { axes, keepdims })]);
  const powers = graph.node("Pow", [graph.node("Abs", [x]), graph.float(p)]);
  return graph.node("Pow", [
    graph.node("ReduceSum", [powers, graph.ints(axes.ints)], { keepdims }),
    graph.float(1 / p),
  ]);
}

function divideByRms(graph: GraphBuilder, [x]: readonly string[], { params }: OpRecord): string {
  const { axes, eps } = params as { readonly axes: readonly number[]; readonly eps: number };
  const mean = graph.node("ReduceMean", [graph.node("Mul", [x!, x!])], { axes: { ints: axes }, keepdims: { int: 1 } });
  return graph.node("Div", [x!, graph.node("Sqrt", [graph.node("Add", [mean, graph.float(eps)])])]);
}

/** The variance; the mean is the op's second output. */
function varMean(graph: GraphBuilder, [given]: readonly string[], record: OpRecord, twin: OpRecord): string {
  const { correction, count } = record.params as Reduced & { readonly correction: number };
  if ((twin.params as Reduced).count !== count)
    throw new ValueError("exportOnnx: a variance is taken over the batch; set dynamicBatch to false");
  const { x, axes, keepdims } = reduced(graph, given!, record.params as Reduced);
  graph.bind(record.outputs[1]!, graph.node("ReduceMean", [x], { axes, keepdims }));
  const deviation = graph.node("Sub", [x, graph.node("ReduceMean", [x], { axes })]);
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

/** What a node that reduces reads, and its attributes. */
interface Reduction {
  readonly x: string;
  readonly axes: { readonly ints: readonly number[] };
  readonly keepdims: { readonly int: number };
}

function reduced(graph: GraphBuilder, x: string, { dims, shape, keepDimShape }: Reduced): Reduction {
  return along(graph, x, dims, shape.length === keepDimShape.length);
}

/** To ONNX no axes are all of them. So where none is reduced, as of a scalar, it is one of extent 1 behind the others. */
function along(graph: GraphBuilder, x: string, dims: readonly number[], keep: boolean): Reduction {
  if (dims.length > 0) return { x, axes: { ints: dims }, keepdims: { int: Number(keep) } };
  return { x: graph.node("Unsqueeze", [x, graph.ints([-1])]), axes: { ints: [-1] }, keepdims: { int: 0 } };
}
