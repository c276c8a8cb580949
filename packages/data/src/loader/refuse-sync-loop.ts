import { TapegradError } from "@tapegrad/tensor";

/** An iterator that was asked for, and the one that deep equality asked for beside it. */
interface Asked {
  readonly batches: object;
  beside: Asked | null;
}

/** Of what an iterator was asked for in this task, without a step so far. */
let waiting: Asked | null = null;

/**
 * Lets `for (… of …)` over batches say what is missing. Not declared: in TypeScript the loop does not compile.
 *
 * The deep equality of vitest and Jest goes through whatever has an iterator, too. It asks both sides for one before it takes a
 * step; then batches are equal to themselves and to nothing else.
 */
export function refuseSyncLoop(batches: object, name: string): void {
  function value(this: object): Iterator<symbol> {
    const mine: Asked = { batches: this, beside: waiting };
    if (waiting !== null) waiting.beside = mine;
    waiting = waiting === null ? mine : null;
    void Promise.resolve().then(() => (waiting = null));
    return {
      next: () => {
        waiting = null;
        if (mine.beside === null)
          throw new TapegradError(`${name}: batches must be waited for; write for await (const batch of …)`);
        return { done: mine.beside.batches === this, value: Symbol() };
      },
    };
  }
  Object.defineProperty(batches, Symbol.iterator, { value, configurable: true });
}
