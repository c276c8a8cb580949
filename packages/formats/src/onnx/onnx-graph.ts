import type { FileDType } from "../io/file-dtype.ts";

/** A value of a node's attribute: whole numbers are ints, unless wrapped as a float. */
export type OnnxAttribute =
  | { readonly int: number }
  | { readonly float: number }
  | { readonly ints: readonly number[] };

/** A node of an ONNX graph. Inputs and outputs are names of values; `""` leaves out an optional input. */
export interface OnnxNode {
  readonly opType: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Readonly<Record<string, OnnxAttribute>>;
}

/** A tensor that the graph carries: a weight or a constant. */
export interface OnnxInitializer {
  readonly name: string;
  readonly dtype: FileDType;
  readonly shape: readonly number[];
  /** Little-endian, dense. */
  readonly bytes: Uint8Array;
}

/** An input or output of the graph. A text among the extents names one that may vary. */
export interface OnnxValue {
  readonly name: string;
  readonly dtype: FileDType;
  readonly shape: readonly (number | string)[];
}

/** What an ONNX file holds. */
export interface OnnxGraph {
  readonly name: string;
  readonly nodes: readonly OnnxNode[];
  readonly initializers: readonly OnnxInitializer[];
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
}
