import { type OpRecord, ValueError } from "@tapegrad/tensor";
import { geluTanhOpcode } from "@tapegrad/tensor/internal";
import { type Converter, operands, scalars } from "./converter.ts";
import type { GraphBuilder } from "./graph-builder.ts";

/** How functions are converted that are no node of their own. */
export const functions: readonly (readonly [name: string, convert: Converter])[] = [
  ["square", (graph, [x]) => graph.node("Mul", [x!, x!])],
  ["cube", (graph, [x]) => cube(graph, x!)],
  ["rsqrt", (graph, inputs) => graph.node("Reciprocal", [graph.node("Sqrt", inputs)])],
  ["log1p", (graph, [x]) => graph.node("Log", [graph.node("Add", [x!, graph.float(1)])])],
  ["expm1", (graph, [x]) => graph.node("Sub", [graph.node("Exp", [x!]), graph.float(1)])],
  ["exp2", (graph, [x]) => graph.node("Pow", [graph.float(2), x!])],
  ["log2", (graph, [x]) => graph.node("Mul", [graph.node("Log", [x!]), graph.float(Math.LOG2E)])],
  ["log10", (graph, [x]) => graph.node("Mul", [graph.node("Log", [x!]), graph.float(Math.LOG10E)])],
  [
    "trunc",
    (graph, [x]) => graph.node("Mul", [graph.node("Sign", [x!]), graph.node("Floor", [graph.node("Abs", [x!])])]),
  ],
  ["fmod", (graph, inputs, record) => graph.node("Mod", operands(graph, inputs, record), { fmod: { int: 1 } })],
  ["lerp", lerp],
  ["silu", (graph, [x]) => graph.node("Mul", [x!, graph.node("Sigmoid", [x!])])],
  ["elu", (graph, inputs, record) => graph.node("Elu", inputs, { alpha: { float: scalars(record)[0]! } })],
  ["celu", (graph, inputs, { params }) => graph.node("Celu", inputs, { alpha: { float: params as number } })],
  ["leakyRelu", (graph, inputs, record) => graph.node("LeakyRelu", inputs, { alpha: { float: scalars(record)[0]! } })],
  [
    "hardsigmoid",
    (graph, inputs) => graph.node("HardSigmoid", inputs, { alpha: { float: 1 / 6 }, beta: { float: 0.5 } }),
  ],
  ["clamp", clamp],
  ["softplus", softplus],
  ["gelu", gelu],
  ["mish", (graph, [x]) => graph.node("Mul", [x!, graph.node("Tanh", [graph.node("Softplus", [x!])])])],
  ["length", length],
  [
    "localResponseNorm",
    (graph, [x, u], { params: beta }) => graph.node("Div", [x!, graph.node("Pow", [u!, graph.float(beta as number)])]),
  ],
];

/** a + weight · (b − a) */
function lerp(graph: GraphBuilder, [a, b, weight]: readonly string[], { params }: OpRecord): string {
  const way = graph.node("Sub", [b!, a!]);
  return graph.node("Add", [a!, graph.node("Mul", [way, weight ?? graph.float(params as number)])]);
}

function cube(graph: GraphBuilder, x: string): string {
  return graph.node("Mul", [graph.node("Mul", [x, x]), x]);
}

/** Bounds are numbers, or inputs of the op. */
function clamp(graph: GraphBuilder, inputs: readonly string[], record: OpRecord): string {
  type Bound = number | { readonly input: number };
  const {
    min,
    max,
    scalars: numbers,
  } = record.params as {
    readonly min?: Bound;
    readonly max?: Bound;
    readonly scalars?: readonly [number, number];
  };
  if (numbers !== undefined)
    return graph.node("Clip", [
      inputs[0]!,
      ...numbers.map((bound) => (Number.isFinite(bound) ? graph.float(bound) : "")),
    ]);
  const bounded = (opType: string, x: string, bound: Bound): string => {
    if (typeof bound !== "number") return graph.node(opType, [x, inputs[bound.input]!]);
    return Number.isFinite(bound) ? graph.node(opType, [x, graph.float(bound)]) : x;
  };
  return bounded("Min", bounded("Max", inputs[0]!, min!), max!);
}

/** The Euclidean length along an axis, of at least `eps`. */
function length(graph: GraphBuilder, inputs: readonly string[], { params }: OpRecord): string {
  const { dim, eps } = params as { readonly dim: number; readonly eps: number };
  return graph.node("Max", [graph.node("ReduceL2", inputs, { axes: { ints: [dim] } }), graph.float(eps)]);
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
  const sum = graph.node("Add", [x, graph.node("Mul", [cube(graph, x), graph.float(0.044715)])]);
  return graph.node("Tanh", [graph.node("Mul", [sum, graph.float(Math.sqrt(2 / Math.PI))])]);
}
