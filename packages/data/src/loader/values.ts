import {
  checkShape,
  type DType,
  fromHost,
  type NumberArray,
  sameShape,
  type Shape,
  ShapeError,
  sizeOf,
  Tensor,
  ValueError,
} from "@tapegrad/tensor";
import { isNumberArray, showNonTensor, showShape, showValue } from "@tapegrad/tensor/internal";
import { stack } from "@tapegrad/tensor/ops/stack";

/** Arrays are nested no deeper: those that hold themselves have no end. */
const deepest = 64;

/** Numbers in rows, rows of rows and so on. */
export type NestedValues = number | NumberArray | readonly NestedValues[];

/** Numbers of a shape, row-major. */
export interface HostValues {
  readonly values: NumberArray | readonly number[];
  readonly shape: Shape;
}

/** Numbers of any shape: one, a list, a typed array, lists of those, a flat array with its shape, or a tensor. */
export type Values = NestedValues | HostValues | Tensor;

/** What numbers become when nothing but themselves says it. */
type Rule = (values: Iterable<number>, what: string) => DType;

/** Inputs are as `tensor` makes them: int32 from an `Int32Array`, float32 from everything else. */
export function stackInputs(items: readonly Values[]): Tensor {
  return stackValues("input", items, { Int32Array: "int32" }, () => "float32");
}

/** Targets are int32 from arrays of integers, float32 from arrays of floats; plain numbers as `dtypeOfNumbers` says. */
export function stackTargets(items: readonly Values[]): Tensor {
  const integers = [
    "Int8Array",
    "Uint8Array",
    "Uint8ClampedArray",
    "Int16Array",
    "Uint16Array",
    "Int32Array",
    "Uint32Array",
  ];
  const int32 = Object.fromEntries(integers.map((name) => [name, "int32" as const]));
  return stackValues("target", items, int32, dtypeOfNumbers);
}

/** int32 if all are whole, float32 if one is not. @throws ValueError if a number fits neither. */
function dtypeOfNumbers(values: Iterable<number>, what: string): DType {
  let whole = true;
  let unfit: number | null = null;
  let large: number | null = null;
  for (const value of values) {
    if (!Number.isInteger(value)) whole = false;
    else if ((value | 0) !== value) large = value;
    if (Number.isFinite(value) && !Number.isFinite(Math.fround(value))) unfit = value;
  }
  if (whole && large !== null)
    throw new ValueError(
      `${what}: ${large} is whole and beyond int32; a Float32Array makes float32 of it, which may round it`,
    );
  if (unfit !== null) throw new ValueError(`${what}: ${unfit} is beyond float32`);
  return whole ? "int32" : "float32";
}

function stackValues(
  field: "input" | "target",
  items: readonly Values[],
  arrays: Readonly<Record<string, DType>>,
  rule: Rule,
): Tensor {
  const name = (i: number): string => `collate: ${field} of sample ${i}`;
  if (items.some((item) => item instanceof Tensor)) return stackTensors(items, name);
  const parts = items.map((item, i) => layOut(item, name(i)));
  const [{ shape, array }] = parts as [Laid];
  const size = sizeOf(shape);
  parts.forEach((part, i) => {
    if (!sameShape(part.shape, shape))
      throw new ShapeError(`${name(i)} has shape ${showShape(part.shape)}, that of sample 0 has ${showShape(shape)}`);
    if (part.array !== array)
      throw new ValueError(
        `${name(i)} is ${kindOf(part)}, that of sample 0 is ${kindOf(parts[0]!)}: one dtype must fit all`,
      );
  });
  const dtype = array === null ? rule(numbersOf(parts), `collate: ${field}`) : (arrays[array] ?? "float32");
  const all = new (dtype === "int32" ? Int32Array : Float32Array)(parts.length * size);
  parts.forEach(({ values }, i) => {
    if (array === "Uint32Array" && dtype === "int32") checkInt32(values, name(i));
    if (array === "Float64Array" && field === "target") checkFloat32(values, name(i));
    all.set(values, i * size);
  });
  return fromHost(all, [parts.length, ...shape]);
}

function stackTensors(items: readonly Values[], name: (i: number) => string): Tensor {
  const [first] = items as [Tensor];
  items.forEach((item, i) => {
    if (!(item instanceof Tensor) || !(first instanceof Tensor))
      throw new ValueError(`${name(i)} is ${item instanceof Tensor ? "a" : "no"} tensor, unlike that of sample 0`);
    if (!sameShape(item.shape, first.shape))
      throw new ShapeError(
        `${name(i)} has shape ${showShape(item.shape)}, that of sample 0 has ${showShape(first.shape)}`,
      );
    if (item.dtype !== first.dtype)
      throw new ValueError(`${name(i)} is ${item.dtype}, that of sample 0 is ${first.dtype}`);
  });
  return stack(items as readonly Tensor[]);
}

/** Values in a row, with their shape. */
interface Laid {
  readonly values: NumberArray | readonly number[];
  readonly shape: Shape;
  /** The class of typed array that they stood in; null for plain numbers. */
  readonly array: string | null;
}

function layOut(item: Values, what: string): Laid {
  if (isNumberArray(item)) return { values: item, shape: [item.length], array: item.constructor.name };
  if (typeof item === "number" || Array.isArray(item)) {
    const values: number[] = [];
    const arrays = new Set<string | null>();
    const shape = flatten(item as NestedValues, values, arrays, what);
    if (arrays.size > 1) throw new ValueError(`${what} mixes arrays of different kinds`);
    return { values, shape, array: [...arrays][0] ?? null };
  }
  const { values, shape } = Object(item) as Partial<HostValues>;
  const list: unknown = values;
  if (!(isNumberArray(list) || Array.isArray(list)) || !Array.isArray(shape))
    throw new ValueError(
      `${what} must be a number, a list of numbers, a typed array, { values, shape } or a tensor, got ${showNonTensor(item)}`,
    );
  checkShape(what, shape);
  if (sizeOf(shape) !== list.length)
    throw new ShapeError(`${what} has ${list.length} values for shape ${showShape(shape)}`);
  if (isNumberArray(list)) return { values: list, shape, array: list.constructor.name };
  for (const value of list) checkNumeric(value, what);
  return { values: list as readonly number[], shape, array: null };
}

/** Appends the numbers of `item` and says which shape they have. */
function flatten(item: NestedValues, values: number[], arrays: Set<string | null>, what: string, depth = 0): Shape {
  if (isNumberArray(item)) {
    arrays.add(item.constructor.name);
    for (const value of item) values.push(value);
    return [item.length];
  }
  if (!Array.isArray(item)) {
    checkNumeric(item, what);
    arrays.add(null);
    values.push(item as number);
    return [];
  }
  if (depth === deepest) throw new ShapeError(`${what} is nested more than ${deepest} deep, or in itself`);
  let inner: Shape | null = null;
  for (const each of item as readonly NestedValues[]) {
    const shape = flatten(each, values, arrays, what, depth + 1);
    if (inner !== null && !sameShape(inner, shape))
      throw new ShapeError(`${what} is ragged: it holds both ${showShape(inner)} and ${showShape(shape)}`);
    inner = shape;
  }
  return [item.length, ...(inner ?? [])];
}

function checkNumeric(value: unknown, what: string): void {
  if (typeof value !== "number") throw new ValueError(`${what} must consist of numbers, got ${showValue(value)}`);
}

function checkInt32(values: Laid["values"], what: string): void {
  for (const value of values) if (value > 2 ** 31 - 1) throw new ValueError(`${what}: ${value} is beyond int32`);
}

function checkFloat32(values: Laid["values"], what: string): void {
  for (const value of values)
    if (Number.isFinite(value) && !Number.isFinite(Math.fround(value)))
      throw new ValueError(`${what}: ${value} is beyond float32`);
}

function kindOf({ array }: Laid): string {
  return array === null ? "plain numbers" : `a ${array}`;
}

function* numbersOf(parts: readonly Laid[]): Generator<number> {
  for (const { values } of parts) yield* values;
}
