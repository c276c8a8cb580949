/** Large enough that engines which count array buffers start a collection for it. Never touched, so never resident. */
const NUDGE_BYTES = 64 * 2 ** 20;

/**
 * Lets finalizers of lost tensors run: makes the engine notice that memory is short, and lets the event loop turn.
 *
 * Engines collect garbage when the JavaScript heap fills up, but tensors are small there and large on the device. V8
 * starts a quick collection when array buffers are allocated in bulk, so an untouched one is allocated and dropped;
 * finalizers then run in a task of their own, for which promises alone do not make room.
 */
export async function requestCollection(): Promise<void> {
  nudge.buffer = new ArrayBuffer(NUDGE_BYTES);
  nudge.buffer = null;
  await nextTask();
}

/** Only assigned to, so that the allocation is not optimised away. */
const nudge: { buffer: ArrayBuffer | null } = { buffer: null };

/** Resolves in a new task, after those that are waiting. */
export function nextTask(): Promise<void> {
  return new Promise((resolve) => {
    if (typeof setImmediate === "function") {
      setImmediate(resolve);
      return;
    }
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}
