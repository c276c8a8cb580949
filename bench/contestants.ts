// Who takes part in the benchmark: each is a command that prints one line of JSON for a workload.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { bundle } from "./bundle.ts";
import { type Engine, enginesOf } from "./engines.ts";
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
  /** CPU time of the thread that calls, the median; null or absent where it is not known. */
  readonly cpuMs?: number | null;
  readonly rssMB: number;
  readonly firstStepMs?: number;
  /** Bits that tapegrad's kernels work on at once; null on a gpu device. */
  readonly simd?: number | null;
}

export interface Contestant {
  readonly name: string;
  /** Whether it uses more than one thread if told to. */
  readonly threaded: boolean;
  readonly takes: (workload: string) => boolean;
  /** The command for one run. */
  readonly command: (workload: string, threads: number, steps: number) => readonly [string, ...string[]];
  /** What differs in its environment; what is undefined is taken out. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** How many times fewer steps it is given, being slower. */
  readonly slowness: number;
}

/** The one that all are compared with. */
export const REFERENCE = "PyTorch";

/** tapegrad runs as JavaScript, as its published packages do. */
const bundled = await bundle("measure", "gemm", "overhead");

function tapegrad(device: string, { node, flags, env, name }: Engine, slowness: number): Contestant {
  return {
    name: `tapegrad ${device}, ${name}`,
    threaded: device === "wasm",
    takes: (workload) => device === "wasm" || workload === "lenet" || workload === "resnet",
    command: (workload, threads, steps) => [
      node,
      ...flags,
      bundled("measure"),
      workload,
      String(threads),
      device,
      String(steps),
    ],
    env,
    slowness,
  };
}

/** What `bench/gemm.ts` measured. */
export interface GemmMeasurement {
  readonly gflops: number;
  readonly peak: number;
  readonly share: number;
}

/** Runs `bench/gemm.ts` in a process of its own. */
export function measureGemm(engine: Engine): GemmMeasurement {
  return runTapegrad<GemmMeasurement>(engine, [bundled("gemm")]);
}

/** Microseconds of each call that `bench/overhead.ts` measured. */
export function measureOverhead(engine: Engine): Record<string, number> {
  return runTapegrad<Record<string, number>>(engine, [bundled("overhead"), "--json"]);
}

function runTapegrad<T>({ node, flags, env }: Engine, args: readonly string[]): T {
  const options = { encoding: "utf8", timeout: 600_000, env: { ...process.env, ...env } } as const;
  const { status, stdout, stderr } = spawnSync(node, [...flags, ...args], options);
  if (status !== 0) throw new Error(`${args.at(-1)} failed:\n${stderr}`);
  return JSON.parse(stdout.split("\n").find((each) => each.startsWith("{"))!) as T;
}

/**
 * The C library keeps freed memory for the next step. As it is installed it gives every large block back to the system, which
 * clears it anew: several times as slow on some machines.
 */
const memoryKept = {
  MALLOC_MMAP_THRESHOLD_: String(2 ** 30),
  MALLOC_TRIM_THRESHOLD_: String(2 ** 32),
  MALLOC_TOP_PAD_: String(2 ** 26),
};

/** OpenBLAS takes the kernels of the processor that it finds. */
const ownBlas = { OPENBLAS_CORETYPE: undefined, OPENBLAS_L2_SIZE: undefined };

function torch(): Contestant[] {
  const python = ["/usr/bin/python3", "python3"].find(
    (command) => spawnSync(command, ["-c", "import torch"], { stdio: "ignore" }).status === 0,
  );
  if (python === undefined) return missing("PyTorch", "no python3 here imports torch");
  const made = (name: string, env: Contestant["env"] & {}): Contestant => ({
    name,
    threaded: true,
    takes: () => true,
    command: (workload, threads, steps) => [python, here("peers/torch.py"), workload, String(threads), String(steps)],
    env: { ...ownBlas, ...env },
    slowness: 1,
  });
  return [made(REFERENCE, memoryKept), made("PyTorch, memory given back", {})];
}

interface JavaScriptPeer {
  readonly name: string;
  readonly file: string;
  readonly packageName: string;
  readonly takes: (workload: string) => boolean;
  readonly args?: (workload: string) => readonly string[];
  readonly threaded?: boolean;
  readonly slowness?: number;
}

const models = here(".bundles/models");
const onnxWorkloads = ["lenet-inf1", "lenet-inf256", "resnet-inf1", "resnet-inf256"];

function onnxRuntime(name: string, packageName: string, slowness: number): JavaScriptPeer {
  return {
    name,
    file: "onnx.mjs",
    packageName,
    takes: (workload) => onnxWorkloads.includes(workload),
    args: (workload) => [packageName, `${models}/${workload}.onnx`],
    threaded: true,
    slowness,
  };
}

const javaScriptPeers: readonly JavaScriptPeer[] = [
  onnxRuntime("ONNX Runtime, native", "onnxruntime-node", 1),
  onnxRuntime("ONNX Runtime, wasm", "onnxruntime-web", 2),
  {
    name: "TensorFlow.js wasm",
    file: "tfjs.mjs",
    packageName: "@tensorflow/tfjs-backend-wasm",
    takes: (workload) => !isLarge(workload) && !workload.startsWith("block"),
  },
  {
    name: "ConvNetJS",
    file: "convnetjs.mjs",
    packageName: "convnetjs",
    takes: (workload) => workload.startsWith("lenet"),
  },
  { name: "jax-js wasm", file: "jax-js.mjs", packageName: "@jax-js/jax", takes: (workload) => workload === "lenet" },
];

function javaScriptPeer(node: string, peer: JavaScriptPeer): Contestant[] {
  const { name, file, packageName, takes, args, threaded = false, slowness = 8 } = peer;
  if (!existsSync(here(`peers/node_modules/${packageName}`)))
    return missing(name, `bench/peers/node_modules has no ${packageName}`);
  const command: Contestant["command"] = (workload, threads, steps) => [
    node,
    here(`peers/${file}`),
    workload,
    String(threads),
    String(steps),
    ...(args?.(workload) ?? []),
  ];
  return [{ name, threaded, takes, command, slowness }];
}

function missing(name: string, reason: string): [] {
  console.error(`${name} takes no part: ${reason}`);
  return [];
}

/** The engines of these Nodes that have what they are named for. */
export function usableEngines(nodes: readonly string[]): Engine[] {
  return enginesOf(nodes).filter((engine) => {
    const wanted = engine.env["TAPEGRAD_SIMD"];
    if (wanted === undefined) return true;
    const { simd } = runTapegrad<Measurement>(engine, [bundled("measure"), "lenet-inf1", "1", "wasm", "1"]);
    if (simd !== Number(wanted)) missing(engine.name, `kernels work on ${simd} bits there`);
    return simd === Number(wanted);
  });
}

/** tapegrad's wasm device on these engines, and PyTorch. */
export function mainContestants(engines: readonly Engine[]): Contestant[] {
  return [...engines.map((engine) => tapegrad("wasm", engine, 1)), ...torch()];
}

/** Everyone who is installed here; tapegrad comes first. Peers in JavaScript run on the last of the Nodes. */
export async function contestants(engines: readonly Engine[]): Promise<Contestant[]> {
  const { node } = engines.at(-1)!;
  const peers = javaScriptPeers.flatMap((peer) => javaScriptPeer(node, peer));
  if (peers.some(({ name }) => name.startsWith("ONNX"))) {
    const { exportModels } = await import("./onnx-models.ts");
    await exportModels(models, onnxWorkloads);
  }
  const last = engines.find((engine) => engine.node === node)!;
  return [...mainContestants(engines), tapegrad("gpu:webasm", last, 8), ...peers];
}

/** Runs a contestant once, in a process of its own. */
export function measure(contestant: Contestant, workload: string, threads: number, steps: number): Measurement {
  const count = Math.max(3, Math.round(steps / contestant.slowness / (isLarge(workload) ? 8 : 1)));
  const [command, ...args] = contestant.command(workload, threads, count);
  const env: NodeJS.ProcessEnv = {
    ...process.env,
    OMP_NUM_THREADS: String(threads),
    TAPEGRAD_THREADS: String(threads),
  };
  for (const [name, value] of Object.entries(contestant.env ?? {})) {
    if (value === undefined) delete env[name];
    else env[name] = value;
  }
  const { status, stdout, stderr } = spawnSync(command, args, { encoding: "utf8", env, timeout: 600_000 });
  const line = stdout.split("\n").find((each) => each.startsWith("{"));
  if (status !== 0 || line === undefined) throw new Error(`${contestant.name} failed on ${workload}:\n${stderr}`);
  return JSON.parse(line) as Measurement;
}
