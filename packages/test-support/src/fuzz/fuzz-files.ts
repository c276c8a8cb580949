import { writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Generator } from "@tapegrad/tensor";
import { attemptToRead, damagedFile, type FuzzTarget } from "./fuzz-target.ts";

/** How long and how far to go. */
export interface FuzzOptions {
  /** Damaged files of each kind. @default 10_000 */
  readonly rounds?: number;
  /** @default 1 */
  readonly seed?: number;
  /** Milliseconds of processor time that reading one file may take, so that a busy machine changes nothing. @default 2000 */
  readonly longest?: number;
  /** Bytes that the process may come to. @default 1 GiB */
  readonly largest?: number;
}

/** What came of all damaged files of one kind. */
export interface FuzzCounts {
  readonly name: string;
  readonly rounds: number;
  readonly read: number;
  readonly refused: number;
  /** Files that were neither, or took too long; each is kept in the temporary folder and named on stderr. */
  readonly failed: number;
  readonly slowestMs: number;
}

/**
 * Damages files of every kind, reads them, and prints what came of it, kind by kind.
 *
 * @returns how many files failed, and one more if the process took too much memory.
 */
export async function fuzzFiles(targets: readonly FuzzTarget[], options: FuzzOptions = {}): Promise<number> {
  const { rounds = 10_000, seed = 1, longest = 2000, largest = 2 ** 30 } = options;
  let failures = 0;
  for (const target of targets) {
    const counts = await fuzz(target, targets, { rounds, longest, random: new Generator(`${seed} ${target.name}`) });
    failures += counts.failed;
    console.log(
      `${counts.name}: ${rounds} damaged files, ${counts.read} read, ${counts.refused} refused, ${counts.failed} failed; ` +
        `the slowest took ${counts.slowestMs.toFixed(0)} ms of processor time`,
    );
  }
  const peak = process.resourceUsage().maxRSS * 1024;
  console.log(`${rounds * targets.length} files in all; peak memory ${Math.round(peak / 2 ** 20)} MB`);
  return peak > largest ? failures + 1 : failures;
}

async function fuzz(
  target: FuzzTarget,
  all: readonly FuzzTarget[],
  { rounds, longest, random }: { readonly rounds: number; readonly longest: number; readonly random: Generator },
): Promise<FuzzCounts> {
  const counts = { read: 0, refused: 0 };
  let [failed, slowestMs] = [0, 0];
  for (let round = 0; round < rounds; round++) {
    const damaged = await damagedFile(target, all, random);
    const start = process.cpuUsage();
    let problem: unknown = null;
    try {
      counts[await attemptToRead(target, damaged)]++;
    } catch (error) {
      problem = error;
    }
    const { user, system } = process.cpuUsage(start);
    const took = (user + system) / 1000;
    slowestMs = Math.max(slowestMs, took);
    if (problem === null && took > longest) problem = new Error(`took ${took.toFixed(0)} ms of processor time`);
    if (problem === null) continue;
    failed++;
    keep(target, round, damaged, problem);
  }
  return { name: target.name, rounds, ...counts, failed, slowestMs };
}

/** Keeps the file, so that it can become an example test. */
function keep({ name }: FuzzTarget, round: number, bytes: Uint8Array, error: unknown): void {
  const path = join(tmpdir(), `fuzz-${name.replaceAll(/\W+/g, "-")}-${round}`);
  writeFileSync(path, bytes);
  console.error(`${name}, round ${round}, kept as ${path}:`, error);
}
