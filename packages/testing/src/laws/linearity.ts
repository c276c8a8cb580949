import { fromHost, type Tensor } from "@tapegrad/tensor";
import fc from "fast-check";
import { gridValues } from "../arbitraries/tensors.ts";
import { differenceOf } from "../expect-close.ts";

/** A function that is said to be linear, and the shape of its argument. */
export interface LinearSubject {
  readonly shape: readonly number[];
  /** What should be linear. */
  readonly fn: (x: Tensor) => Tensor;
}

/**
 * The law `f(a·x + b·y) = a·f(x) + b·f(y)`, for random subjects, `x`, `y`, and small integers `a`, `b`.
 *
 * ```ts
 * fc.assert(linearity(conv2dConfigurations().map((c) => ({ shape: c.inputShape, fn: (x) => conv2d(x, …) }))));
 * ```
 *
 * The tolerance is relative to the largest magnitude in `a·f(x)` and `b·f(y)`, whose difference may be small.
 */
export function linearity(subjects: fc.Arbitrary<LinearSubject>, rtol = 1e-5): fc.IProperty<[[LinearSubject, Terms]]> {
  const scalar = fc.integer({ min: -3, max: 3 });
  const cases = subjects.chain((subject) => {
    const size = subject.shape.reduce((product, extent) => product * extent, 1);
    return fc.tuple(
      fc.constant(subject),
      fc.record({ a: scalar, b: scalar, x: gridValues(size), y: gridValues(size) }),
    );
  });
  return fc.property(cases, ([{ shape, fn }, { a, b, x, y }]) => {
    const apply = (values: readonly number[]): ArrayLike<number> =>
      fn(fromHost(Float32Array.from(values), shape)).dataSync();
    const [fx, fy] = [apply(x), apply(y)];
    const combined = apply(x.map((value, i) => a * value + b * y[i]!));
    const expected = Float64Array.from(fx, (value, i) => a * value + b * fy[i]!);
    let scale = 0;
    for (let i = 0; i < fx.length; i++) scale = Math.max(scale, Math.abs(a * fx[i]!), Math.abs(b * fy[i]!));
    const difference = differenceOf(combined, expected, { rtol, atol: rtol * scale + Number.MIN_VALUE });
    if (difference !== null) throw new Error(`f(${a}·x + ${b}·y) is not ${a}·f(x) + ${b}·f(y): ${difference}`);
  });
}

/** Coefficients and arguments of a linear combination. */
export interface Terms {
  readonly a: number;
  readonly b: number;
  readonly x: readonly number[];
  readonly y: readonly number[];
}
