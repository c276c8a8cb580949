import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Generator } from "@tapegrad/tensor";

const program = fileURLToPath(new URL("training.ts", import.meta.url));

/** What came of killing. */
export interface KillReport {
  readonly kills: number;
  /** Trainings that were finished after kills. */
  readonly runs: number;
  /** Where the output of a training differed from one that was never killed, or its folder held something else. */
  readonly faults: readonly string[];
}

/**
 * Trains again and again, kills the process (SIGKILL) at random moments, goes on, and compares weights, epochs and metrics with those of
 * a training that was not interrupted.
 */
export async function killRuns(
  kills: number,
  threads: number,
  { seed = 1, tell }: { readonly seed?: number; readonly tell?: (line: string) => void } = {},
): Promise<KillReport> {
  const generator = new Generator(`kill ${seed} ${threads}`);
  const root = mkdtempSync(join(tmpdir(), "tapegrad-kill-"));
  const faults: string[] = [];
  let [done, runs] = [0, 0];
  try {
    const straight = await train(join(root, "straight"), threads, null);
    tell?.(`${threads} threads, uninterrupted: ${straight.seconds.toFixed(1)} s`);
    while (done < kills) {
      const folder = join(root, String(runs));
      let output: string | null = null;
      while (output === null) {
        const killAfter = done < kills ? 1.1 * straight.seconds * generator.next() : null;
        ({ output } = await train(folder, threads, killAfter));
        if (output === null) done++;
      }
      runs++;
      if (output !== straight.output) faults.push(`run ${runs}: ${output.slice(0, 200)}`);
      const names = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => !expected.test(name));
      if (names.length > 0) faults.push(`run ${runs}: there are ${names.join(", ")}`);
      rmSync(folder, { recursive: true });
      tell?.(`${threads} threads: ${done} kills, ${runs} runs, ${faults.length} faults`);
    }
  } finally {
    rmSync(root, { recursive: true });
  }
  return { kills: done, runs, faults };
}

const expected = /^(config\.json|metrics\.jsonl|checkpoints([/\\](last|previous|best-epoch-\d{4})\.pt)?)$/;

/** Runs the training; null for an output if it was killed first. @throws Error if it failed by itself. */
function train(
  folder: string,
  threads: number,
  killAfter: number | null,
): Promise<{ readonly output: string | null; readonly seconds: number }> {
  return new Promise((resolve, reject) => {
    const start = performance.now();
    const child = spawn(process.execPath, ["--import", "tsx", program, folder, String(threads)]);
    let [output, errors] = ["", ""];
    child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
    child.stderr.on("data", (chunk: Buffer) => (errors += chunk.toString()));
    const timer = killAfter === null ? undefined : setTimeout(() => child.kill("SIGKILL"), 1000 * killAfter);
    child.on("error", reject);
    child.on("close", (code, signal) => {
      clearTimeout(timer);
      const seconds = (performance.now() - start) / 1000;
      if (signal === "SIGKILL") resolve({ output: null, seconds });
      else if (code === 0) resolve({ output, seconds });
      else reject(new Error(`the training failed with code ${code}: ${errors}`));
    });
  });
}
