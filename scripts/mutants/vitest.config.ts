import { defineConfig } from "vitest/config";
import base from "../../vitest.config.ts";

const { projects: _, ...shared } = base.test!;

/** For StrykerJS: without tests of the sources' text and size, which its switches change. */
export default defineConfig({
  test: {
    ...shared,
    include: [`${process.env["MUTANTS_TESTS"] ?? "packages"}/**/*.test.ts`],
    exclude: ["**/node_modules/**", "**/bundle.test.ts"],
    // Tests that fetch from Python take long on a machine that is busy; what hangs is ended by StrykerJS.
    testTimeout: 600_000,
  },
});
