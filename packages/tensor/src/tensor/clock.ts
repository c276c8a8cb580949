import { nodeBuiltin } from "../node-builtin.ts";

// Time and turns of the event loop as they are, whatever a test has put in the place of the global timers: fake timers stand
// still until they are told to go on, and would hold up whoever waits for them here.

/** Fake timers replace the global object, not what it was. Node's own module has it even if they came first. */
const { performance: clock } = (nodeBuiltin?.("node:perf_hooks") ?? globalThis) as Pick<
  typeof globalThis,
  "performance"
>;

/** Milliseconds since some moment, as `performance.now()` tells them. */
export function now(): number {
  return clock.now();
}

/** `setImmediate` as it was when this module was loaded; null where there is none, or fake timers came before. */
const immediate: ((fn: () => void) => unknown) | null =
  typeof setImmediate === "function" && isGenuine(setImmediate) ? setImmediate : null;

/** Stand-ins have no name, another name, or a clock: @sinonjs/fake-timers (vitest, Jest), Jest's mocks, node:test. */
function isGenuine(timer: object & { readonly name: string }): boolean {
  return timer.name === "setImmediate" && !("clock" in timer);
}

/** Resolves in a new task, after those that are waiting. */
export function nextTask(): Promise<void> {
  return new Promise((resolve) => {
    if (immediate !== null) {
      immediate(resolve);
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
