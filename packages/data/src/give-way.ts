/**
 * Lets the rest of the program have its turn: timers, signals such as Ctrl-C, and the reclaiming of lost tensors.
 *
 * Awaiting values on a synchronous device is not enough: it never leaves the current turn of the event loop.
 */
export function giveWay(): Promise<void> {
  if (typeof setImmediate === "function") return new Promise((resolve) => void setImmediate(resolve));
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    const done = (): void => {
      port1.close();
      resolve();
    };
    port1.addEventListener("message", done, { once: true });
    port1.start();
    port2.postMessage(null);
  });
}
