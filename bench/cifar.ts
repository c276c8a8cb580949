// usage: npx tsx bench/cifar.ts --data DIR --out DIR [--seeds 3] [--python python3]
// Trains the ResNet of examples/train-cifar.ts with tapegrad and with PyTorch, in turn, once for each seed, one thread each, and
// prints the accuracies as the table of docs/benchmarks.md. Runs whose results are in --out already are not repeated.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";

interface Run {
  readonly testAccuracy: number;
  readonly trainModeAccuracy: number;
  readonly epochs: readonly { readonly loss: number }[];
}

const { values: options } = parseArgs({
  options: {
    data: { type: "string" },
    seeds: { type: "string", default: "3" },
    out: { type: "string" },
    python: { type: "string", default: "python3" },
  },
});
const { data, out, python } = options;
if (data === undefined) throw new Error("--data is missing: a folder with train and test in it");
if (out === undefined) throw new Error("--out is missing: a folder for the results of each run");
mkdirSync(out, { recursive: true });

const root = join(import.meta.dirname, "..");
const programs = {
  tapegrad: [process.execPath, "--import", "tsx", join(root, "examples/train-cifar.ts"), "--device", "wasm"],
  pytorch: [python, join(root, "bench/peers/cifar_torch.py")],
} as const;

const seeds = Array.from({ length: Number(options.seeds) }, (_, seed) => seed);
const runs = seeds.map((seed) => ({ seed, tapegrad: train("tapegrad", seed), pytorch: train("pytorch", seed) }));

const points = (part: number): string => (100 * part).toFixed(1);
const row = (...cells: readonly (string | number)[]): string => `| ${cells.join(" | ")} |`;
console.log(
  row(
    "seed",
    "tapegrad",
    "PyTorch",
    "tapegrad, last loss",
    "PyTorch, last loss",
    "tapegrad, train mode",
    "PyTorch, train mode",
  ),
);
console.log(row(...Array.from({ length: 7 }, () => "---:")));
for (const { seed, tapegrad, pytorch } of runs) console.log(row(seed, ...cells(tapegrad, pytorch)));
console.log(row("mean", ...cells(mean(runs.map((run) => run.tapegrad)), mean(runs.map((run) => run.pytorch)))));
const [ours, theirs] = (["tapegrad", "pytorch"] as const).map((name) =>
  deviation(runs.map((run) => run[name].testAccuracy)),
);
console.log(row("deviation", points(ours!), points(theirs!), "", "", "", ""));

function train(name: keyof typeof programs, seed: number): Run {
  const json = join(out!, `${name}-${seed}.json`);
  if (!existsSync(json)) {
    const [command, ...args] = programs[name];
    const env = { ...process.env, TAPEGRAD_THREADS: "1", OMP_NUM_THREADS: "1" };
    const all = [...args, "--data", data!, "--seed", String(seed), "--json", json];
    const { status, error } = spawnSync(command, all, { env, stdio: ["ignore", 2, 2] });
    if (error !== undefined) throw error;
    if (status !== 0) throw new Error(`${name} with seed ${seed} ended with code ${status}`);
  }
  return JSON.parse(readFileSync(json, "utf8")) as Run;
}

function cells(tapegrad: Run, pytorch: Run): readonly string[] {
  return [
    ...[tapegrad, pytorch].map((run) => points(run.testAccuracy)),
    ...[tapegrad, pytorch].map((run) => run.epochs.at(-1)!.loss.toFixed(3)),
    ...[tapegrad, pytorch].map((run) => points(run.trainModeAccuracy)),
  ];
}

function mean(list: readonly Run[]): Run {
  const of = (value: (run: Run) => number): number => list.reduce((sum, run) => sum + value(run), 0) / list.length;
  return {
    testAccuracy: of((run) => run.testAccuracy),
    trainModeAccuracy: of((run) => run.trainModeAccuracy),
    epochs: [{ loss: of((run) => run.epochs.at(-1)!.loss) }],
  };
}

/** Of the sample, with n − 1. */
function deviation(values: readonly number[]): number {
  const center = values.reduce((sum, value) => sum + value, 0) / values.length;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - center) ** 2, 0) / (values.length - 1));
}
