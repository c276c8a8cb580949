import { Module } from "@tapegrad/nn";
import { LBFGS, Optimizer } from "@tapegrad/optim";
import { Tensor, sameShape, stridesOf } from "@tapegrad/tensor";
import { showShape, showValue } from "@tapegrad/tensor/internal";

/** The shape of a tensor and its values, flat and row-major. What JSON cannot hold of numbers may be text. */
export interface HostTensor {
  readonly shape: readonly number[];
  readonly data: ArrayLike<number | "NaN" | "Infinity" | "-Infinity">;
}

/** What can be compared: a tensor, its shape and values, flat numbers, one number, or what holds such. */
export type Comparable = Tensor | HostTensor | ArrayLike<number> | number | Structure;

/** A module or optimizer, of which the state is compared, or lists, maps and plain objects of what can be compared. */
export type Structure =
  | Module
  | { stateDict(): unknown }
  | ReadonlyMap<string, unknown>
  | readonly unknown[]
  | Readonly<Record<string, unknown>>;

/** How far numbers may lie apart: by `atol + rtol · |expected|`. */
export interface Tolerance {
  /** Relative tolerance. @default 1e-4 */
  readonly rtol?: number;
  /** Absolute tolerance. @default 1e-5 */
  readonly atol?: number;
}

/**
 * Throws unless all values are close: `|actual − expected| ≤ atol + rtol · |expected|`. NaN is close to NaN, an infinity
 * to itself. Where both sides have a shape, the shapes must be equal too.
 *
 * Of modules, the parameters and buffers are compared; of optimizers, what `stateDict()` gives; of lists, maps and plain objects,
 * the entries under the same names, whatever their order. What is no number must be the same.
 *
 * Works with any test runner. Tensors are read at once; on `gpu:webgpu`, pass `{ shape, data: await tensor.data() }`.
 *
 * @throws Error with the number of values that differ, the worst of them, and under which name they stand.
 */
export function expectClose(actual: Comparable, expected: Comparable, tolerance: Tolerance = {}): void {
  const difference = differenceOf(actual, expected, tolerance);
  if (difference !== null) throw new Error(`expectClose: ${difference}`);
}

/** How two values differ by more than the tolerance, in words; null if they do not. */
export function differenceOf(actual: Comparable, expected: Comparable, tolerance: Tolerance = {}): string | null {
  if (isNumeric(actual) && isNumeric(expected)) return differenceOfNumbers(actual, expected, tolerance);
  return differenceOfStructures(actual, expected, tolerance);
}

function differenceOfStructures(actual: unknown, expected: unknown, tolerance: Tolerance): string | null {
  const [found, wanted] = [entriesOf(actual), entriesOf(expected)];
  if (found === null || wanted === null) {
    return Object.is(actual, expected) ? null : `expected ${showValue(expected)}, got ${showValue(actual)}`;
  }
  const [missing, added] = [without(wanted, found), without(found, wanted)];
  if (missing !== "" || added !== "")
    return `expected ${missing || "nothing"} too, and not ${added || "anything else"}`;
  for (const [name, each] of found) {
    const difference = differenceOf(each as Comparable, wanted.get(name) as Comparable, tolerance);
    if (difference !== null) return `${name}: ${difference}`;
  }
  return null;
}

/** What a structure holds by name; null if it is none. @throws TypeError if it does not show what it holds. */
function entriesOf(value: unknown): ReadonlyMap<string, unknown> | null {
  if (typeof value !== "object" || value === null || isNumeric(value as Comparable)) return null;
  if (value instanceof Module) return new Map<string, Tensor>([...value.namedParameters(), ...value.namedBuffers()]);
  if (value instanceof Optimizer || value instanceof LBFGS) return new Map(Object.entries(value.stateDict()));
  if (value instanceof Map) return value;
  if (Array.isArray(value) || Object.getPrototypeOf(value) === Object.prototype) return new Map(Object.entries(value));
  throw new TypeError(`expectClose: cannot look into ${showValue(value)}; compare what it holds`);
}

function without(names: ReadonlyMap<string, unknown>, others: ReadonlyMap<string, unknown>): string {
  return [...names.keys()].filter((name) => !others.has(name)).join(", ");
}

type Numeric = Tensor | HostTensor | ArrayLike<number> | number;

function isNumeric(value: Comparable): value is Numeric {
  if (typeof value === "number" || value instanceof Tensor || ArrayBuffer.isView(value)) return true;
  if (Array.isArray(value)) return value.every((each) => typeof each === "number");
  return isHostTensor(value);
}

function differenceOfNumbers(
  actual: Numeric,
  expected: Numeric,
  { rtol = 1e-4, atol = 1e-5 }: Tolerance,
): string | null {
  const a = valuesOf(actual);
  const b = valuesOf(expected);
  const [shapeA, shapeB] = [shapeOf(actual), shapeOf(expected)];
  if (shapeA && shapeB && !sameShape(shapeA, shapeB)) {
    return `expected shape ${showShape(shapeB)}, got ${showShape(shapeA)}`;
  }
  if (a.length !== b.length) return `expected ${b.length} values, got ${a.length}`;
  let wrong = 0;
  let worst = { index: -1, excess: 0 };
  for (let i = 0; i < a.length; i++) {
    const [x, y] = [a[i]!, b[i]!];
    if (Object.is(x, y) || x === y) continue;
    const excess = Math.abs(x - y) / (atol + rtol * Math.abs(y));
    if (excess <= 1) continue;
    wrong++;
    // A difference that is not a number, as beside NaN, is the worst there is.
    if (worst.index < 0 || !(excess <= worst.excess)) worst = { index: i, excess };
  }
  if (wrong === 0) return null;
  const { index } = worst;
  const place = shapeB ?? shapeA ?? [];
  return (
    `${wrong} of ${a.length} values differ${toleranceText(rtol, atol)}; the worst is ` +
    `element ${index}${place.length > 1 ? `, at ${showShape(coordinates(index, place))}` : ""}: ` +
    `expected ${b[index]}, got ${a[index]}`
  );
}

function toleranceText(rtol: number, atol: number): string {
  if (rtol !== 0) return ` by more than ${atol} + ${rtol} · |expected|`;
  return atol === 0 ? "" : ` by more than ${atol}`;
}

/** Where the element with a flat index stands in a tensor. */
function coordinates(index: number, shape: readonly number[]): readonly number[] {
  return stridesOf(shape).map((stride, axis) => Math.floor(index / stride) % shape[axis]!);
}

function valuesOf(value: Numeric): ArrayLike<number> {
  if (typeof value === "number") return [value];
  if (value instanceof Tensor) return value.dataSync();
  return isHostTensor(value) ? Array.from(value.data, Number) : value;
}

function shapeOf(value: Numeric): readonly number[] | null {
  return value instanceof Tensor || isHostTensor(value) ? value.shape : null;
}

function isHostTensor(value: unknown): value is HostTensor {
  return (
    typeof value === "object" &&
    value !== null &&
    "data" in value &&
    "shape" in value &&
    (Array.isArray(value.data) || ArrayBuffer.isView(value.data))
  );
}
