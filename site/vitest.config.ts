import { defineConfig } from "vitest/config";

// What npm run test:site runs: the site that npm run site built last, in Chromium.
export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    globalSetup: ["test/start-site.ts"],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Tests take what time they measure from each other.
    fileParallelism: false,
  },
});
