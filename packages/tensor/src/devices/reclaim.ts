import { nodeBuiltin } from "../node-builtin.ts";
import { nextTask } from "../tensor/clock.ts";

/** Large enough that engines which count array buffers start a collection for it. Never touched, so never resident. */
const NUDGE_BYTES = 64 * 2 ** 20;

/**
 * Lets finalizers of lost tensors run: makes the engine collect garbage, and lets the event loop turn.
 *
 * Engines collect when the JavaScript heap fills up, but tensors are small there and large on the device. V8 starts a
 * collection when array buffers are allocated in bulk, so an untouched one is allocated and dropped: mostly that costs a
 * fraction of a millisecond and reclaims nothing, for V8 runs no finalizers after a partial collection, and every few times
 * it is a whole one. A `thorough` request runs a whole collection where the engine lets itself be asked,
 * as Node does, which takes some milliseconds. Finalizers run in a task of their own, for which promises alone do not make
 * room.
 */
export async function requestCollection(options: { readonly thorough?: boolean } = {}): Promise<void> {
  collect(options);
  await nextTask();
}

/** As `requestCollection`, without waiting: finalizers run whenever the event loop turns next. */
export function collect({ thorough = false }: { readonly thorough?: boolean } = {}): void {
  const wholly = thorough ? collector() : null;
  if (wholly !== null) {
    wholly();
    return;
  }
  nudge.buffer = new ArrayBuffer(NUDGE_BYTES);
  nudge.buffer = null;
}

let found: (() => void) | null | undefined;

/** V8's `gc`, which Node hands out on request; null elsewhere. */
function collector(): (() => void) | null {
  if (found === undefined) {
    nodeBuiltin?.("node:v8").setFlagsFromString("--expose-gc");
    found =
      (nodeBuiltin?.("node:vm").runInNewContext("typeof gc === 'function' ? gc : null") as
        | (() => void)
        | null
        | undefined) ?? null;
  }
  return found;
}

/** Only assigned to, so that the allocation is not optimised away. */
const nudge: { buffer: ArrayBuffer | null } = { buffer: null };

/** Its callback registers the next object, so that every collection leaves it something to do. */
let sentinel: FinalizationRegistry<null> | null = null;

/**
 * Works around a fault of V8, seen up to Node 24: if a registry that has finalizers to run is garbage before they ran, and no
 * other registry has any, then the task that runs finalizers ends without a note that it did, and no finalizer in the whole
 * process ever runs again. One registry that lasts, and has one to run after every collection, keeps that from happening.
 */
export function keepFinalizersRunning(): void {
  if (sentinel !== null) return;
  const registry = new FinalizationRegistry<null>(() => registry.register({}, null));
  registry.register({}, null);
  sentinel = registry;
}
