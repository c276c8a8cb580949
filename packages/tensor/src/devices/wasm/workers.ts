import type { Engine } from "./engine.ts";
import { THREAD_PROGRAM, type ThreadLesson, type ThreadSetup } from "./thread-program.ts";

type NodeThreads = typeof import("node:worker_threads");

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
export function startHelper({ nodeBuiltin }: Engine, setup: ThreadSetup, died: (reason: string) => void): Helper {
  const nodeThreads = nodeBuiltin?.<NodeThreads>("node:worker_threads");
  return nodeThreads === undefined ? startWebWorker(setup, died) : startNodeWorker(nodeThreads, setup, died);
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
