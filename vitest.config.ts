import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";

/** Tests of what a whole process has: its garbage, its timers, what `expect` was taught. Each has a process of its own. */
const alone = [
  "packages/tensor/test/memory.test.ts",
  "packages/tensor/test/fake-timers.test.ts",
  "packages/testing/test/*.test.ts",
];

export default defineConfig({
  test: {
    setupFiles: [
      "test/setup/equal-numbers.ts",
      "test/setup/seed.ts",
      "test/setup/test-runner.ts",
      "test/setup/put-back.ts",
    ],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // By default one core stays idle, which on two is half of them.
    maxWorkers: availableParallelism(),
    projects: [
      {
        extends: true,
        test: {
          name: "shared",
          include: ["packages/*/test/**/*.test.ts", "test/*.test.ts"],
          exclude: alone,
          // Files of one worker share what they import: loading all packages anew for each took as long as many a file's tests.
          isolate: false,
        },
      },
      { extends: true, test: { name: "alone", include: alone } },
    ],
  },
});
