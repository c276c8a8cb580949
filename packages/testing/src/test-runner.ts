/** The functions of a test runner that declare tests. */
export interface TestRunner {
  /** Groups tests under a name. */
  readonly describe: (name: string, block: () => void) => unknown;
  /** Declares a test. */
  readonly test: (name: string, fn: () => unknown) => unknown;
  /** Runs before the tests of a group. */
  readonly beforeAll: (fn: () => unknown) => unknown;
  /** Runs after them. */
  readonly afterAll: (fn: () => unknown) => unknown;
}

let chosen: TestRunner | null = null;

/**
 * Says with which functions `eachDevice` declares tests. Not needed where they are global, as in Jest and
 * Mocha, nor after `import "@tapegrad/testing/vitest"`.
 *
 * ```ts
 * import { after, before, describe, test } from "node:test";
 * useTestRunner({ describe, test, beforeAll: before, afterAll: after });
 * ```
 */
export function useTestRunner(runner: TestRunner): void {
  chosen = runner;
}

/** The functions that were chosen, or else the global ones. @throws Error naming `caller` where there are none. */
export function testRunner(caller: string): TestRunner {
  const runner = chosen ?? globalRunner();
  if (runner !== null) return runner;
  throw new Error(
    `${caller}: found no test runner; import @tapegrad/testing/vitest in vitest, and elsewhere call ` +
      "useTestRunner({ describe, test, beforeAll, afterAll }) with the runner's functions",
  );
}

function globalRunner(): TestRunner | null {
  const { describe, test, it, beforeAll, before, afterAll, after } = globalThis as Readonly<Record<string, unknown>>;
  const found = { describe, test: test ?? it, beforeAll: beforeAll ?? before, afterAll: afterAll ?? after };
  return Object.values(found).every((each) => typeof each === "function") ? (found as unknown as TestRunner) : null;
}
