// Imported for its effect, in a test file or in Jest's setupFilesAfterEnv: Jest's expect gets the matchers of tensors and looks
// at values where it compares.
import { equalityTesters } from "./equality-testers.ts";
import { type TensorAssertions, tensorMatchers } from "./matchers.ts";

/** What is used of Jest's `expect`. */
interface JestExpect {
  extend(matchers: object): void;
  addEqualityTesters(testers: readonly unknown[]): void;
}

const { expect } = globalThis as { readonly expect?: JestExpect };
if (typeof expect?.addEqualityTesters !== "function") {
  throw new Error(
    "@tapegrad/testing/jest: found no global expect of Jest 29.4 or later; where globals are not injected, call " +
      "expect.extend(tensorMatchers) and expect.addEqualityTesters(equalityTesters), both from @tapegrad/testing",
  );
}
expect.extend(tensorMatchers);
expect.addEqualityTesters([...equalityTesters]);

declare global {
  // oxlint-disable-next-line typescript/no-namespace -- as @types/jest declares it
  namespace jest {
    // oxlint-disable-next-line no-unused-vars -- as @types/jest declares it
    interface Matchers<R, T = {}> extends TensorAssertions<R> {}
  }
}
