import { fileURLToPath } from "node:url";
import { playwright } from "@vitest/browser-playwright";
import { defineConfig } from "vitest/config";

/** Where Debian installs Chromium, unless CHROME_PATH names another. */
export const chromiumPath: string = process.env["CHROME_PATH"] ?? "/usr/bin/chromium";

/** Flags for a Chromium that runs as any user and talks to nobody. */
export const quietFlags: readonly string[] = [
  "--no-sandbox",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** With it a page has `gc()`, so that what a loop leaves behind can be told from garbage that no collection has met yet. */
export const collectFlag = "--js-flags=--expose-gc";

/** WebGL and WebGPU on the CPU: right, and slow. */
export const softwareFlags: readonly string[] = [
  "--use-gl=angle",
  "--use-angle=swiftshader",
  "--enable-unsafe-swiftshader",
  "--ignore-gpu-blocklist",
  "--enable-unsafe-webgpu",
  "--enable-features=Vulkan",
  "--use-webgpu-adapter=swiftshader",
];

// What npm run test:browser runs. Tests of a package belong here as they are if they read nothing but golden files.
export default defineConfig({
  resolve: { alias: { "node:fs": fileURLToPath(new URL("test/browser/node-fs.ts", import.meta.url)) } },
  // Such pages share memory with workers.
  server: {
    headers: {
      "Cross-Origin-Opener-Policy": "same-origin",
      "Cross-Origin-Embedder-Policy": "require-corp",
    },
  },
  test: {
    include: ["test/browser/**/*.test.ts", "packages/nn/test/golden.test.ts", "packages/optim/test/golden-*.test.ts"],
    setupFiles: ["test/browser/setup.ts"],
    testTimeout: 60_000,
    // Pages would wait for each other's gpu.
    fileParallelism: false,
    browser: {
      enabled: true,
      headless: true,
      screenshotFailures: false,
      provider: playwright({
        launchOptions: { executablePath: chromiumPath, args: [...quietFlags, ...softwareFlags, collectFlag] },
      }),
      instances: [{ browser: "chromium" }],
    },
  },
});
