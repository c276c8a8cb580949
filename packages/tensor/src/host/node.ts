import type { NodeBuiltin } from "./node-builtin.ts";
import { nextTask as nextMessage } from "./page.ts";

// What page.ts has, of Node, Deno and Bun.

/** Node's modules; undefined where it cannot give them. */
export const nodeBuiltin: NodeBuiltin | undefined =
  typeof process === "object" ? (process.getBuiltinModule as NodeBuiltin | undefined) : undefined;

/** Whether this is a browser's page or Worker. */
export const isPage: boolean = false;

/** Fake timers replace the global object, not what it was. Node's own module has it even if they came first. */
const { performance: clock } = (nodeBuiltin?.("node:perf_hooks") ?? globalThis) as Pick<
  typeof globalThis,
  "performance"
>;

/** Milliseconds since some moment, as `performance.now()` tells them. */
export function now(): number {
  return clock.now();
}

/** `setImmediate` as it was when this module was loaded; null where fake timers came before. */
const immediate: ((fn: () => void) => unknown) | null =
  typeof setImmediate === "function" && isGenuine(setImmediate) ? setImmediate : null;

/** Stand-ins have no name, another name, or a clock: @sinonjs/fake-timers (vitest, Jest), Jest's mocks, node:test. */
function isGenuine(timer: object & { readonly name: string }): boolean {
  return timer.name === "setImmediate" && !("clock" in timer);
}

/** Resolves in a new task, after those that are waiting. */
export function nextTask(): Promise<void> {
  return immediate === null ? nextMessage() : new Promise<void>((resolve) => void immediate(resolve));
}

function v8(): typeof import("node:v8") | undefined {
  return nodeBuiltin?.("node:v8");
}

type Collect = (options?: { readonly type: "minor" }) => void;

/** V8's `gc` where a new context has it. */
function exposedCollector(): Collect | null {
  const vm = nodeBuiltin?.<typeof import("node:vm")>("node:vm");
  return (vm?.runInNewContext("globalThis.gc") as Collect | undefined) ?? null;
}

let found: Collect | null | undefined;

/** V8's `gc`, which Node hands out on request, and then hides from others again; null where there is none. */
function engineCollector(): Collect | null {
  if (found !== undefined) return found;
  found = null;
  try {
    found = exposedCollector();
    if (found !== null) return found;
    v8()?.setFlagsFromString("--expose-gc");
    found = exposedCollector();
    v8()?.setFlagsFromString("--no-expose-gc");
  } catch {
    // Bun has no such flags, and up to 1.3 it throws.
  }
  return found;
}

/** Collects all garbage at once. @returns whether it did. */
export function collectWholly(): boolean {
  const collect = engineCollector();
  collect?.();
  return collect !== null;
}

/** So many bytes of young garbage are worth a collection. */
const YOUNG_GARBAGE = 2 ** 20;
/** After a look at the heap that led to no collection, the next is no sooner than this, in milliseconds. */
const LOOK_EVERY = 4;
/**
 * Times as long as a look or a collection took pass before the next look: that bounds what they cost. Of the last two
 * collections the shorter counts, for other programs make one long now and then.
 */
const PAUSE = 40;
let nextLook = 0;
/** The first look only notes it: a program that makes little garbage never asks for the collector. */
let heapBefore = Infinity;
let lastTook = Infinity;

function heapBytes(): number {
  return v8()?.getHeapStatistics().used_heap_size ?? 0;
}

/** V8's `gc` if it can do less than all: Deno's collects all garbage, whatever it is asked for. */
function youngCollector(): Collect | null {
  return process.versions?.["deno"] === undefined ? engineCollector() : null;
}

/**
 * Collects young garbage once there is some. For moments between steps, when hardly anything young is alive: V8 itself collects
 * amid steps, whose records survive, and whenever as much has survived as its young generation holds, that may become twice as
 * large, up to 32 MB, or 64 MB since Node 24.
 */
export function collectBetweenSteps(): void {
  const start = now();
  if (start < nextLook) return;
  const heap = heapBytes();
  // A look takes some microseconds, but in Bun as long as a collection.
  nextLook = start + Math.max(LOOK_EVERY, PAUSE * (now() - start));
  heapBefore = Math.min(heapBefore, heap);
  if (heap < heapBefore + YOUNG_GARBAGE) return;
  const collect = youngCollector();
  if (collect === null) {
    nextLook = Infinity;
    return;
  }
  collect({ type: "minor" });
  heapBefore = heapBytes();
  const end = now();
  nextLook = end + PAUSE * Math.min(end - start, lastTook);
  lastTook = end - start;
}

/** On how many threads kernels can run at once. */
export function processors(): number {
  if (missingForThreads() !== null) return 1;
  return (
    globalThis.navigator?.hardwareConcurrency ??
    nodeBuiltin!<typeof import("node:os")>("node:os").availableParallelism()
  );
}

/** Why kernels can run on the calling thread only; null if they can run on several. */
export function missingForThreads(): string | null {
  if (nodeBuiltin?.("node:worker_threads") === undefined) return "this engine lacks node:worker_threads";
  if (typeof SharedArrayBuffer === "undefined") return "this engine lacks SharedArrayBuffer";
  if (!mayStartWorkers()) return "this process may not start workers; Node's --allow-worker lets it";
  return null;
}

/** What Node's permission model says, where it is on. */
export function mayStartWorkers(): boolean {
  const { permission } = process as { permission?: { has(scope: string): boolean } };
  return permission?.has("worker") !== false;
}
