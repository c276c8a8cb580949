import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["packages/*/test/**/*.test.ts", "test/*.test.ts"],
    setupFiles: ["test/setup/seed.ts", "test/setup/test-runner.ts", "test/setup/put-back.ts"],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Files of one worker share what they import: loading all packages anew for each took as long as many a file's tests.
    isolate: false,
    // By default one core stays idle, which on two is half of them.
    maxWorkers: availableParallelism(),
  },
});
