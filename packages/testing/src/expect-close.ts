import { Tensor, sameShape, showShape } from "@tapegrad/tensor";
import { goldenValues } from "./golden.ts";
import type { GoldenTensor } from "./golden.ts";

/** What can be compared: a tensor, a tensor from a golden file, flat numbers, or one number. */
export type Comparable = Tensor | GoldenTensor | ArrayLike<number> | number;

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
 * Works with any test runner. Tensors are read at once; on `gpu:webgpu`, pass `await tensor.data()`.
 *
 * @throws Error with the number of values that differ, and the worst of them.
 */
export function expectClose(actual: Comparable, expected: Comparable, tolerance: Tolerance = {}): void {
  const difference = differenceOf(actual, expected, tolerance);
  if (difference !== null) throw new Error(`expectClose: ${difference}`);
}

/** How two values differ by more than the tolerance, in words; null if they do not. */
export function differenceOf(
  actual: Comparable,
  expected: Comparable,
  { rtol = 1e-4, atol = 1e-5 }: Tolerance = {},
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
  return (
    `${wrong} of ${a.length} values differ by more than ${atol} + ${rtol} · |expected|; the worst is ` +
    `element ${index}: expected ${b[index]}, got ${a[index]}`
  );
}

function valuesOf(value: Comparable): ArrayLike<number> {
  if (typeof value === "number") return [value];
  if (value instanceof Tensor) return value.dataSync();
  return isGolden(value) ? goldenValues(value) : value;
}

function shapeOf(value: Comparable): readonly number[] | null {
  return value instanceof Tensor || isGolden(value) ? value.shape : null;
}

function isGolden(value: Comparable): value is GoldenTensor {
  return typeof value === "object" && "data" in value && Array.isArray(value.data);
}
