import { sameShape, type Shape, Tensor } from "@tapegrad/tensor";
import { showShape } from "@tapegrad/tensor/internal";
import { type Comparable, differenceOf, type Tolerance } from "./expect-close.ts";

/** What a matcher found, as vitest and jest want it: the message is for the case that fails, `not` or plain. */
export interface MatchResult {
  readonly pass: boolean;
  /** What to say where that is not what was asked. */
  readonly message: () => string;
}

/** What `expect` can do with tensors. */
export interface TensorAssertions<R = unknown> {
  /**
   * Passes if all values are close, `|actual − expected| ≤ atol + rtol · |expected|`, and the shapes equal where `expected` has one.
   *
   * @throws TypeError if the value is no tensor.
   */
  toBeCloseToTensor(expected: Comparable, tolerance?: Tolerance): R;
  /** Passes if the tensor has this shape. @throws TypeError if the value is no tensor. */
  toHaveShape(shape: Shape): R;
}

/**
 * Matchers for `expect.extend`. `import "@tapegrad/testing/vitest"` extends vitest's `expect` with them, and its types.
 *
 * - `toBeCloseToTensor(expected, { rtol, atol })` passes as `expectClose` does; shapes must be equal.
 * - `toHaveShape(shape)`.
 */
export const tensorMatchers: {
  toBeCloseToTensor(received: unknown, expected: Comparable, tolerance?: Tolerance): MatchResult;
  toHaveShape(received: unknown, shape: Shape): MatchResult;
} = {
  toBeCloseToTensor(received, expected, tolerance = {}) {
    const tensor = tensorOf("toBeCloseToTensor", received);
    const difference = differenceOf(tensor, expected, tolerance);
    const { rtol = 1e-4, atol = 1e-5 } = tolerance;
    return {
      pass: difference === null,
      message: () =>
        difference ?? `expected a tensor that differs by more than ${atol} + ${rtol} · |expected|, got a close one`,
    };
  },

  toHaveShape(received, shape) {
    const { shape: found } = tensorOf("toHaveShape", received);
    const pass = sameShape(found, shape);
    return {
      pass,
      message: () =>
        pass
          ? `expected another shape than ${showShape(shape)}`
          : `expected shape ${showShape(shape)}, got ${showShape(found)}`,
    };
  },
};

/** @throws TypeError unless the value is a tensor; `not` does not make it pass. */
function tensorOf(matcher: string, received: unknown): Tensor {
  if (received instanceof Tensor) return received;
  throw new TypeError(`${matcher}: expected a tensor, got ${received === null ? "null" : typeof received}`);
}
