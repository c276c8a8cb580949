// Runs the tests of vitest.browser.config.ts in Chromium: all, or those in the files that are named. The last line tells how
// many passed, failed and were skipped. Exit status 1 if one failed, 2 if there is no Chromium.
//
//   npm run test:browser
//   CHROME_PATH=/path/to/chrome npm run test:browser -- test/browser/lost-device.test.ts
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { startVitest } from "vitest/node";
import { chromiumPath } from "../vitest.browser.config.ts";

if (!existsSync(chromiumPath)) {
  console.error(
    `test:browser: there is no Chromium at ${chromiumPath}; install Debian's package chromium, or set CHROME_PATH to a Chrome or Chromium`,
  );
  process.exit(2);
}

const vitest = await startVitest("test", process.argv.slice(2), {
  config: fileURLToPath(new URL("../vitest.browser.config.ts", import.meta.url)),
  run: true,
  watch: false,
  reporters: ["default"],
});
const counts = { passed: 0, failed: 0, skipped: 0, pending: 0 };
const modules = vitest.state.getTestModules();
for (const module of modules) for (const test of module.children.allTests()) counts[test.result().state]++;
// Files that do not load, and errors outside tests, are failures too.
const broken = modules.filter((module) => module.errors().length > 0).length + vitest.state.getUnhandledErrors().length;
await vitest.close();
const failed = counts.failed + counts.pending + broken;
console.log(`${counts.passed} passed, ${failed} failed, ${counts.skipped} skipped`);
process.exitCode = failed > 0 || counts.passed === 0 ? 1 : 0;
