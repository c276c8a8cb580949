import { fromHost, Generator, type Tensor } from "@tapegrad/tensor";
import { normals } from "@tapegrad/tensor/random";
import type { Examples } from "../training/supervised.ts";

/** A batch on the host. */
export interface HostBatch {
  readonly inputs: HostValues;
  readonly targets: HostValues;
}

export interface HostValues {
  readonly values: Float32Array | Int32Array;
  readonly shape: readonly number[];
}

/** What inputs can be replaced by, the simplest first. The last are the data themselves. */
export const inputKinds = ["zeros", "ones", "random", "rounded", "given"] as const;
export type InputKind = (typeof inputKinds)[number];

export async function toHost({ inputs, targets }: Examples): Promise<HostBatch> {
  const read = async (tensor: Tensor): Promise<HostValues> => ({
    values: (await tensor.data()).slice() as Float32Array | Int32Array,
    shape: tensor.shape,
  });
  return { inputs: await read(inputs), targets: await read(targets) };
}

/** The first values along each axis, of the rows that are given. */
export function cropped(
  { values, shape }: HostValues,
  rows: readonly number[],
  extents: readonly number[],
): HostValues {
  const kept = rows.filter((row) => row < shape[0]!);
  const after = [kept.length, ...shape.slice(1).map((extent, i) => Math.min(extent, extents[i] ?? extent))];
  const size = after.reduce((a, b) => a * b, 1);
  const out = values instanceof Int32Array ? new Int32Array(size) : new Float32Array(size);
  for (let i = 0; i < size; i++) {
    let rest = i;
    let from = 0;
    let stride = 1;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const at = rest % after[axis]!;
      rest = Math.floor(rest / after[axis]!);
      from += (axis === 0 ? kept[at]! : at) * stride;
      stride *= shape[axis]!;
    }
    out[i] = values[from]!;
  }
  return { values: out, shape: after };
}

/**
 * Targets for outputs of this shape: classes below their number, and as many values as there are outputs. What was no class of so many as
 * the whole run has, is none.
 */
export function targetsFor(
  targets: HostValues,
  rows: readonly number[],
  outputShape: readonly number[],
  wholeClasses: number,
): HostValues {
  const alike = targets.values instanceof Float32Array && targets.shape.length === outputShape.length;
  const { values, shape } = cropped(targets, rows, alike ? outputShape.slice(1) : []);
  if (values instanceof Float32Array || outputShape.length < 2) return { values, shape };
  const classes = outputShape[1]!;
  return { values: values.map((target) => (target >= 0 && target < wholeClasses ? target % classes : target)), shape };
}

/** Inputs of a kind. Whole numbers are as they were, or zeros. */
export function inputsOf(kind: InputKind, given: HostValues, seed: number): HostValues {
  const { values, shape } = given;
  if (kind === "given") return given;
  if (kind === "rounded") return { shape, values: values.map((value) => Number(value.toPrecision(1))) };
  if (values instanceof Int32Array) return kind === "zeros" ? { shape, values: new Int32Array(values.length) } : given;
  const size = values.length;
  if (kind === "random") return { shape, values: normals(new Generator(seed), size) };
  return { shape, values: new Float32Array(size).fill(kind === "ones" ? 1 : 0) };
}

export function toTensor({ values, shape }: HostValues): Tensor {
  return fromHost(values, shape);
}

/** The JavaScript that makes the tensor. */
export function tensorCode({ values, shape }: HostValues, kind: InputKind, seed: number): string {
  const size = `[${shape.join(", ")}]`;
  if (values instanceof Float32Array && (kind === "zeros" || kind === "ones")) return `${kind}(${size})`;
  if (values instanceof Float32Array && kind === "random")
    return `fromHost(normals(new Generator(${seed}), ${values.length}), ${size})`;
  const type = values instanceof Int32Array ? "Int32Array" : "Float32Array";
  return `fromHost(${type}.of(${Array.from(values, shortest).join(", ")}), ${size})`;
}

/** The fewest digits that give the same float32. */
function shortest(value: number): string {
  for (let digits = 1; digits < 9; digits++) {
    const text = String(Number(value.toPrecision(digits)));
    if (Math.fround(Number(text)) === value) return Object.is(value, -0) ? "-0" : text;
  }
  return String(value);
}
