import { spawnSync } from "node:child_process";
// Who takes part in the benchmark: each is a command that prints one line of JSON for a workload.
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { bundle } from "./bundle.ts";
import { isLarge } from "./workloads.ts";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** What one run of one contestant measured. */
export interface Measurement {
  readonly peer: string;
  readonly workload: string;
  readonly threads: number;
  readonly batch: number;
  readonly medianMs: number;
  readonly p25Ms: number;
  readonly minMs: number;
  readonly rssMB: number;
  readonly firstStepMs?: number;
}

export interface Contestant {
  readonly name: string;
  /** Whether it uses more than one thread if told to. */
  readonly threaded: boolean;
  readonly takes: (workload: string) => boolean;
  /** The command for one run. */
  readonly command: (workload: string, threads: number, steps: number) => readonly [string, ...string[]];
  /** How many times fewer steps it is given, being slower. */
  readonly slowness: number;
}

/** tapegrad runs as JavaScript, as its published packages do. */
const bundled = await bundle("measure", "gemm", "overhead");

function tapegrad(device: string, nodeFlags: readonly string[], name: string, slowness: number): Contestant {
  return {
    name,
    threaded: device === "wasm",
    takes: (workload) => device === "wasm" || workload === "lenet" || workload === "resnet",
    command: (workload, threads, steps) => [
      process.execPath,
      ...nodeFlags,
      bundled("measure"),
      workload,
      String(threads),
      device,
      String(steps),
    ],
    slowness,
  };
}

const relaxedFlag = "--experimental-wasm-relaxed-simd";

/** What `bench/gemm.ts` measured. */
export interface GemmMeasurement {
  readonly gflops: number;
  readonly peak: number;
  readonly share: number;
  readonly relaxed: boolean;
}

/** Runs `bench/gemm.ts` in a process of its own, with plain SIMD and, if the engine has it, relaxed SIMD. */
export function measureGemm(): GemmMeasurement[] {
  return [[], ...(hasRelaxed ? [[relaxedFlag]] : [])].map((flags) =>
    runTapegrad<GemmMeasurement>([...flags, bundled("gemm")]),
  );
}

/** Microseconds of each call that `bench/overhead.ts` measured. */
export function measureOverhead(): Record<string, number> {
  return runTapegrad<Record<string, number>>([bundled("overhead"), "--json"]);
}

function runTapegrad<T>(args: readonly string[]): T {
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: "utf8", timeout: 600_000 });
  if (status !== 0) throw new Error(`${args.at(-1)} failed:\n${stderr}`);
  return JSON.parse(stdout.split("\n").find((each) => each.startsWith("{"))!) as T;
}

const hasRelaxed = spawnSync(process.execPath, [relaxedFlag, "-e", "0"], { stdio: "ignore" }).status === 0;

function python(): string | null {
  for (const command of ["/usr/bin/python3", "python3"]) {
    if (spawnSync(command, ["-c", "import torch"], { stdio: "ignore" }).status === 0) return command;
  }
  return null;
}

function javaScriptPeer(
  name: string,
  file: string,
  packageName: string,
  takes: (workload: string) => boolean,
): Contestant[] {
  if (!existsSync(here(`peers/node_modules/${packageName}`))) return [];
  const command = (workload: string, threads: number, steps: number) =>
    [process.execPath, here(`peers/${file}`), workload, String(threads), String(steps)] as const;
  return [{ name, threaded: false, takes, command, slowness: 8 }];
}

/** Everyone who is installed here; tapegrad comes first. */
export function contestants(): Contestant[] {
  const python3 = python();
  const torch: Contestant[] =
    python3 === null
      ? []
      : [
          {
            name: "PyTorch",
            threaded: true,
            takes: () => true,
            command: (workload, threads, steps) => [
              python3,
              here("peers/torch.py"),
              workload,
              String(threads),
              String(steps),
            ],
            slowness: 1,
          },
        ];
  return [
    tapegrad("wasm", [], "tapegrad wasm", 1),
    ...(hasRelaxed ? [tapegrad("wasm", [relaxedFlag], "tapegrad wasm, relaxed SIMD", 1)] : []),
    ...torch,
    tapegrad("gpu:webasm", [], "tapegrad gpu:webasm", 8),
    ...javaScriptPeer(
      "TensorFlow.js wasm",
      "tfjs.mjs",
      "@tensorflow/tfjs-backend-wasm",
      (workload) => !isLarge(workload),
    ),
    ...javaScriptPeer("ConvNetJS", "convnetjs.mjs", "convnetjs", (workload) => workload.startsWith("lenet")),
    ...javaScriptPeer("jax-js wasm", "jax-js.mjs", "@jax-js/jax", (workload) => workload === "lenet"),
  ];
}

/** Runs a contestant once, in a process of its own. */
export function measure(contestant: Contestant, workload: string, threads: number, steps: number): Measurement {
  const count = Math.max(3, Math.round(steps / contestant.slowness / (isLarge(workload) ? 8 : 1)));
  const [command, ...args] = contestant.command(workload, threads, count);
  const env = { ...process.env, OMP_NUM_THREADS: String(threads), TAPEGRAD_THREADS: String(threads) };
  const { status, stdout, stderr } = spawnSync(command, args, { encoding: "utf8", env, timeout: 600_000 });
  const line = stdout.split("\n").find((each) => each.startsWith("{"));
  if (status !== 0 || line === undefined) throw new Error(`${contestant.name} failed on ${workload}:\n${stderr}`);
  return JSON.parse(line) as Measurement;
}
