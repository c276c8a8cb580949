import { TapegradError } from "@tapegrad/tensor";

/** Lets `for (… of …)` over batches say what is missing. Not declared: in TypeScript the loop does not compile. */
export function refuseSyncLoop(batches: object, name: string): void {
  const value = (): never => {
    throw new TapegradError(`${name}: batches must be waited for; write for await (const batch of …)`);
  };
  Object.defineProperty(batches, Symbol.iterator, { value, configurable: true });
}
