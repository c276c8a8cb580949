// Imported for its effect: vitest's expect gets the matchers of tensors and looks at values where it compares, and vitest declares
// what eachDevice tests.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { equalityTesters } from "./equality-testers.ts";
import { type TensorAssertions, tensorMatchers } from "./matchers.ts";
import { useTestRunner } from "./test-runner.ts";

useTestRunner({ describe, test, beforeAll, afterAll });
expect.extend(tensorMatchers);
expect.addEqualityTesters([...equalityTesters] as Parameters<typeof expect.addEqualityTesters>[0]);

declare module "vitest" {
  // oxlint-disable-next-line no-explicit-any, no-unused-vars -- as vitest declares it, or the two do not merge
  interface Assertion<T = any> extends TensorAssertions<void> {}
  interface AsymmetricMatchersContaining extends TensorAssertions {}
}
