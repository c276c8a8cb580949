/**
 * Damages files and reads them: `npm run fuzz -- [rounds per kind] [seed]`. Fails if one is neither read nor refused
 * with a `FormatError`, takes a second, or if the memory grows beyond a gigabyte.
 */
import { writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Generator } from "@tapegrad/tensor";
import { attempt, targets } from "./fuzz-targets.ts";
import type { FuzzTarget } from "./fuzz-targets.ts";
import { mutate } from "./mutate.ts";

const [rounds, seed] = [Number(process.argv[2] ?? 30_000), Number(process.argv[3] ?? 1)];
const longest = 1000;
const largest = 2 ** 30;

let failures = 0;
for (const target of targets) failures += await fuzz(target, new Generator(`${seed} ${target.name}`));
console.log(`peak memory ${Math.round(process.resourceUsage().maxRSS / 1024)} MB`);
if (process.resourceUsage().maxRSS * 1024 > largest) failures++;
process.exitCode = failures > 0 ? 1 : 0;

async function fuzz(target: FuzzTarget, random: Generator): Promise<number> {
  const counts = { read: 0, refused: 0 };
  let [failed, slowest] = [0, 0];
  const pick = (files: readonly Uint8Array[]): Uint8Array => files[random.integer(files.length)]!;
  for (let round = 0; round < rounds; round++) {
    const damaged = mutate(pick(target.files), pick(targets[random.integer(targets.length)]!.files), random);
    const start = performance.now();
    try {
      counts[await attempt(target, damaged)]++;
    } catch (error) {
      failed++;
      report(target, round, damaged, error);
    }
    const took = performance.now() - start;
    slowest = Math.max(slowest, took);
    if (took > longest) {
      failed++;
      report(target, round, damaged, new Error(`took ${took.toFixed(0)} ms`));
    }
  }
  console.log(
    `${target.name}: ${rounds} damaged files, ${counts.read} read, ${counts.refused} refused, ${failed} failed; the slowest took ${slowest.toFixed(0)} ms`,
  );
  return failed;
}

/** Keeps the file, so that it can become an example test. */
function report(target: FuzzTarget, round: number, bytes: Uint8Array, error: unknown): void {
  const path = join(tmpdir(), `fuzz-${target.name.replaceAll(/\W+/g, "-")}-${round}`);
  writeFileSync(path, bytes);
  console.error(`${target.name}, round ${round}, kept as ${path}:`, error);
}
