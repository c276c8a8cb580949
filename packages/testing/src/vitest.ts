// Imported for its effect: vitest's expect gets the matchers of tensors.
import type { Shape } from "@tapegrad/tensor";
import { expect } from "vitest";
import type { Comparable, Tolerance } from "./expect-close.ts";
import { tensorMatchers } from "./matchers.ts";

expect.extend(tensorMatchers);

/** What vitest's `expect` can do with tensors. */
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

declare module "vitest" {
  // oxlint-disable-next-line no-explicit-any, no-unused-vars -- as vitest declares it, or the two do not merge
  interface Assertion<T = any> extends TensorAssertions<void> {}
  interface AsymmetricMatchersContaining extends TensorAssertions {}
}
