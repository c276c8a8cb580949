import { nodeBuiltin } from "../../node-builtin.ts";
import { THREAD_PROGRAM, type ThreadLesson, type ThreadSetup } from "./thread-program.ts";

type NodeThreads = typeof import("node:worker_threads");

/** Where there is none, workers are those of browsers. */
const nodeThreads: NodeThreads | null = nodeBuiltin?.("node:worker_threads") ?? null;

/** More threads than this never helped a small network. */
const MAX_THREADS = 16;

/** How many threads this machine can run at once. Where workers cannot be had, one. */
export function availableThreads(): number {
  if (missingForThreads() !== null) return 1;
  const cores = globalThis.navigator?.hardwareConcurrency ?? nodeBuiltin!("node:os").availableParallelism();
  return Math.min(Math.max(1, cores), MAX_THREADS);
}

/** Why kernels can run on the calling thread only; null if they can run on several. */
export function missingForThreads(): string | null {
  if (nodeThreads === null) {
    if (typeof Worker === "undefined") return "this engine lacks node:worker_threads and Worker";
    if ((globalThis as { crossOriginIsolated?: boolean }).crossOriginIsolated === true) return null;
    return (
      "this page is not cross-origin isolated, and so shares no memory with workers; serve it with the headers " +
      "Cross-Origin-Opener-Policy: same-origin and Cross-Origin-Embedder-Policy: require-corp"
    );
  }
  if (typeof SharedArrayBuffer === "undefined") return "this engine lacks SharedArrayBuffer";
  if (!mayStartWorkers()) return "this process may not start workers; Node's --allow-worker lets it";
  return null;
}

/** What Node's permission model says, where it is on. */
export function mayStartWorkers(): boolean {
  const { permission } = process as { permission?: { has(scope: string): boolean } };
  return permission?.has("worker") !== false;
}

/** Whether this is a browser's page or Worker: setting up must not hold up its event loop, and may be awaited. */
export function isPage(): boolean {
  return nodeThreads === null;
}

/** A worker that runs `THREAD_PROGRAM`. */
export interface Helper {
  /** Settles with null when it has started, else with the reason why it has not. Never in Node while nothing else goes on. */
  readonly started: Promise<string | null>;
  teach(lesson: ThreadLesson): void;
  terminate(): void;
}

/**
 * Starts a worker, which does not keep the process alive. `died` is called if it ends by itself after it has started.
 *
 * @throws what the engine throws if it cannot.
 */
export function startHelper(setup: ThreadSetup, died: (reason: string) => void): Helper {
  return nodeThreads === null ? startWebWorker(setup, died) : startNodeWorker(nodeThreads, setup, died);
}

function startNodeWorker({ Worker }: NodeThreads, setup: ThreadSetup, died: (reason: string) => void): Helper {
  const worker = new Worker(THREAD_PROGRAM, {
    eval: true,
    execArgv: [],
    env: {},
    resourceLimits: { maxYoungGenerationSizeMb: 1, maxOldGenerationSizeMb: 32 },
  });
  const started = new Promise<null>((resolve) => worker.once("message", () => resolve(null)));
  worker.on("error", (error) => died(error.message));
  worker.on("exit", (code) => died(`exit code ${code}`));
  worker.postMessage(setup);
  // After the listener, which takes a hold of the process again.
  worker.unref();
  return { started, teach: (lesson) => worker.postMessage(lesson), terminate: () => void worker.terminate() };
}

let programUrl: string | null = null;

function startWebWorker(setup: ThreadSetup, died: (reason: string) => void): Helper {
  programUrl ??= URL.createObjectURL(new Blob([THREAD_PROGRAM], { type: "text/javascript" }));
  const worker = new Worker(programUrl, { name: "tapegrad" });
  let running = false;
  const started = new Promise<string | null>((resolve) => {
    worker.onmessage = () => {
      running = true;
      resolve(null);
    };
    worker.onerror = (event) => {
      event.preventDefault();
      if (running) died(event.message);
      // A policy that forbids the worker gives no message.
      else resolve(event.message || "the page's content security policy must allow worker-src blob:");
    };
  });
  worker.postMessage(setup);
  return { started, teach: (lesson) => worker.postMessage(lesson), terminate: () => worker.terminate() };
}
