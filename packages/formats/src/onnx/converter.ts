import { type DType, type OpRecord, scalar, type Shape, sizeOf } from "@tapegrad/tensor";
import type { GraphBuilder } from "./graph-builder.ts";

/**
 * Adds the nodes of one op and returns the name of its result.
 *
 * `twin` is the record of the same op for a batch of another size, or `record` itself if the batch shall not vary.
 */
export type Converter = (graph: GraphBuilder, inputs: readonly string[], record: OpRecord, twin: OpRecord) => string;

/** Numbers of TensorProto.DataType. */
const elementTypes = { float32: 1, int32: 6, bool: 9 } as const;

export function scalars({ params }: OpRecord): readonly number[] {
  return (params as { readonly scalars: readonly number[] }).scalars;
}

/** Tensors and numbers in the order in which a function takes them. */
export function operands(
  graph: GraphBuilder,
  inputs: readonly string[],
  { params, inputs: [first] }: OpRecord,
): string[] {
  const { operands, dtype = first!.dtype } = params as {
    readonly operands: readonly ({ readonly input: number } | number)[];
    readonly dtype?: DType;
  };
  const number = (value: number): string =>
    dtype === "int32" ? graph.constant(scalar(value, "int32")) : graph.float(value);
  return operands.map((operand) => (typeof operand === "number" ? number(operand) : inputs[operand.input]!));
}

export function castTo(graph: GraphBuilder, name: string, dtype: keyof typeof elementTypes): string {
  return graph.node("Cast", [name], { to: { int: elementTypes[dtype] } });
}

/** How an op that runs along an axis sees its input: as `[outer, length, …]`. */
export interface Along {
  readonly outer: number;
  readonly length: number;
}

/** The axis along which `shape` becomes `made`. Of a twin's shapes: in a batch of one, the batch may look like the axis. */
export function axisOf(shape: Shape, { outer, length }: Along, made: Shape = shape): number {
  return shape.findIndex(
    (extent, axis) =>
      extent === length &&
      sizeOf(shape.slice(0, axis)) === outer &&
      made.every((size, i) => i === axis || size === shape[i]),
  );
}
