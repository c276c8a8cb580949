import { collectWholly, nextTask } from "#host";

/** Large enough that engines which count array buffers start a collection for it. Never touched, so never resident. */
const NUDGE_BYTES = 64 * 2 ** 20;

/**
 * Lets finalizers of lost tensors run: makes the engine collect garbage, and lets the event loop turn.
 *
 * Engines collect when the JavaScript heap fills up, but tensors are small there and large on the device. V8 also collects
 * when array buffers are allocated in bulk, so an untouched one is allocated and dropped. Most times V8 answers with a partial
 * collection, which takes a fraction of a millisecond but runs no finalizers; every few times it answers with a whole one. A
 * `thorough` request runs a whole collection, in some milliseconds, where the engine lets itself be asked, as Node does.
 * Finalizers run in a task of their own; promises alone leave no room for it.
 *
 * @returns whether a whole collection surely ran.
 */
export async function requestCollection(options: { readonly thorough?: boolean } = {}): Promise<boolean> {
  const whole = collect(options);
  await nextTask();
  return whole;
}

/** As `requestCollection`, without waiting: finalizers run whenever the event loop turns next. */
export function collect({ thorough = false }: { readonly thorough?: boolean } = {}): boolean {
  if (thorough && collectWholly()) return true;
  nudge.buffer = new ArrayBuffer(NUDGE_BYTES);
  nudge.buffer = null;
  return false;
}

/** Only assigned to, so that the allocation is not optimised away. */
const nudge: { buffer: ArrayBuffer | null } = { buffer: null };

/** Its callback registers the next object, so that every collection leaves it something to do. */
let sentinel: FinalizationRegistry<null> | null = null;

/**
 * Works around a fault of V8, seen up to Node 24. A registry may become garbage before its finalizers ran. If no other registry
 * has any to run, the task that runs finalizers does not note that it ended, and no finalizer of the process ever runs again.
 * One registry that lasts, and has a finalizer to run after every collection, prevents that.
 */
export function keepFinalizersRunning(): void {
  if (sentinel !== null) return;
  const registry = new FinalizationRegistry<null>(() => registry.register({}, null));
  registry.register({}, null);
  sentinel = registry;
}
