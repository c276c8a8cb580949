import { nodeBuiltin } from "../../node-builtin.ts";

/** Where there are no threads of Node's, workers are those of browsers. */
const nodeThreads = nodeBuiltin?.<object>("node:worker_threads") ?? null;

/** More threads than this never helped a small network. */
const MAX_THREADS = 16;

/** How many threads this machine can run at once. Where workers cannot be had, one. */
export function availableThreads(): number {
  if (missingForThreads() !== null) return 1;
  const cores =
    globalThis.navigator?.hardwareConcurrency ??
    nodeBuiltin!<typeof import("node:os")>("node:os").availableParallelism();
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
