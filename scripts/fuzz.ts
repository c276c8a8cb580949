// usage: npm run fuzz -- [rounds per kind] [seed]
// Damages files of every kind that tapegrad reads, and reads them, one package after the other.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const tsx = import.meta.resolve("tsx");
const failed = ["formats", "data"].filter((name) => {
  const script = fileURLToPath(new URL(`../packages/${name}/test/fuzz.ts`, import.meta.url));
  const { status } = spawnSync(process.execPath, ["--import", tsx, script, ...process.argv.slice(2)], {
    stdio: "inherit",
  });
  return status !== 0;
});
if (failed.length > 0) console.error(`failed: ${failed.join(", ")}`);
process.exitCode = failed.length > 0 ? 1 : 0;
