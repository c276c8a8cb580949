import { TapegradError } from "@tapegrad/tensor";

/** Batches that were asked for an iterator, and those that deep equality asked next, to compare with them. */
interface Asked {
  readonly batches: object;
  beside: Asked | null;
}

/** The batches that were asked for an iterator in this task and have taken no step yet. */
let waiting: Asked | null = null;

/**
 * Makes `for (… of …)` over batches throw an error that says what is missing. The iterator is not declared: in
 * TypeScript such a loop does not compile.
 *
 * The deep equality of vitest and Jest also asks for iterators: both sides for one, before it takes a step. By that it
 * is known, and finds batches equal to themselves and to nothing else.
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

/** Batches whose sync loops are refused. */
export function asyncOnly<B>(
  batches: AsyncGenerator<B, void, undefined>,
  name: string,
): AsyncGenerator<B, void, undefined> {
  refuseSyncLoop(batches, name);
  return batches;
}
