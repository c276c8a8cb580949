import type { NodeBuiltin } from "./node-builtin.ts";

// What the device asks of its surroundings, as pages and their Workers have it; node.ts has the same of Node, Deno and Bun.
// Which of them `#host` is says package.json, so that bundles for browsers carry nothing that only Node needs.

/** Node's modules: a page has none. */
export const nodeBuiltin: NodeBuiltin | undefined = undefined;

/** Whether this is a browser's page or Worker: setting up must not hold up its event loop, and may be awaited. */
export const isPage: boolean = true;

/** Fake timers replace the global object, not what it was. */
const { performance: clock } = globalThis;

/** Milliseconds since some moment, as `performance.now()` tells them. */
export function now(): number {
  return clock.now();
}

/** Resolves in a new task, after those that are waiting. */
export function nextTask(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}

/** Collects all garbage at once, where a program may: in pages it may not. @returns whether it did. */
export function collectWholly(): boolean {
  return false;
}

/** Collects young garbage now and then, where a program may. */
export function collectBetweenSteps(): void {}

/** On how many threads kernels can run at once. */
export function processors(): number {
  return (sharesMemory() && globalThis.navigator?.hardwareConcurrency) || 1;
}

function sharesMemory(): boolean {
  return (
    typeof Worker !== "undefined" && (globalThis as { crossOriginIsolated?: boolean }).crossOriginIsolated === true
  );
}

/** Why kernels can run on the calling thread only; null if they can run on several. */
export function missingForThreads(): string | null {
  if (sharesMemory()) return null;
  if (typeof Worker === "undefined") return "this engine lacks node:worker_threads and Worker";
  return (
    "this page is not cross-origin isolated, and so shares no memory with workers; serve it with the headers " +
    "Cross-Origin-Opener-Policy: same-origin and Cross-Origin-Embedder-Policy: require-corp"
  );
}

/** Whether this process may start workers: no page is one. */
export function mayStartWorkers(): boolean {
  return false;
}
