import { Tensor, ValueError, keep } from "@tapegrad/tensor";
import { Incomparable, nextTask, showValue, integerFrom, readOptions } from "@tapegrad/tensor/internal";
import type { LoaderState, Resumable } from "../loader/loader-state.ts";
import { refuseSyncLoop } from "../loader/refuse-sync-loop.ts";

/**
 * Runs ahead of a loop over batches: while one is used, the next ones are already being made.
 *
 * ```ts
 * for await (const { inputs, targets } of prefetch(loader)) …
 * ```
 *
 * Worth it where making batches happens elsewhere, as in the threads of an `ImageFolder`. Order and contents are those of
 * `batches`. At most `depth` batches wait to be used; leaving the loop ends the run. Batches are kept from every `scope`, since
 * they may be made while a step's is open.
 *
 * The place in the epoch is asked of what this returns, not of the loader: `stateDict` counts the batches that the loop was
 * given, not those that wait for it.
 *
 * @param options.depth how many batches to be ahead. @default 2
 * @throws ValueError unless `depth` is a positive integer; while looping, what making a batch threw, in its turn.
 */
export function prefetch<B>(batches: AsyncIterable<B>, options: { readonly depth?: number } = {}): Prefetched<B> {
  const { depth } = readOptions("prefetch", options, { depth: [2, integerFrom(1)] });
  if (typeof Object(batches)[Symbol.asyncIterator] !== "function")
    throw new ValueError(`prefetch: expected batches to loop over, such as a DataLoader, got ${showValue(batches)}`);
  return new Prefetched(batches, depth);
}

/** Batches that are made ahead of a loop; see `prefetch`. */
export class Prefetched<B> extends Incomparable implements AsyncIterable<B>, Resumable {
  readonly #source: AsyncIterable<B> & Partial<Resumable>;
  readonly #depth: number;
  /** Where the last loop was left, or is; null between epochs. */
  #place: LoaderState | null = null;

  constructor(source: AsyncIterable<B>, depth: number) {
    super();
    this.#source = source;
    this.#depth = depth;
  }

  /** Batches in an epoch, if the source knows. */
  get length(): number | undefined {
    return (this.#source as { readonly length?: number }).length;
  }

  /** The place in the epoch, behind the batch that the loop was given last. @throws ValueError if the source has no state. */
  stateDict(): LoaderState {
    return this.#place ?? this.#resumable().stateDict();
  }

  /** Lets the next loop begin at a place that `stateDict` gave. @throws ValueError if the source has no state, or refuses this one. */
  loadStateDict(state: LoaderState): void {
    this.#resumable().loadStateDict(state);
    this.#place = null;
  }

  /** A checksum by which other data are told: the source's; null if it has none. */
  async fingerprint(): Promise<string | null> {
    return (await this.#source.fingerprint?.()) ?? null;
  }

  /** The batches of the next epoch. */
  async *[Symbol.asyncIterator](): AsyncGenerator<B, void, undefined> {
    this.#place = this.#source.stateDict?.() ?? null;
    const iterator = this.#source[Symbol.asyncIterator]();
    const ahead: Promise<{ readonly result: IteratorResult<B, unknown>; readonly place: LoaderState | null }>[] = [];
    const ask = (): void => {
      const next = iterator.next().then((result) => {
        if (!result.done) keepTensors(result.value);
        return { result, place: result.done ? null : (this.#source.stateDict?.() ?? null) };
      });
      // An error is thrown when its batch is due; until then it must not count as unhandled.
      next.catch(() => undefined);
      ahead.push(next);
    };
    try {
      for (;;) {
        while (ahead.length < this.#depth + 1) ask();
        const { result, place } = await ahead.shift()!;
        if (result.done) {
          this.#place = null;
          return;
        }
        // Lets the source ask for its next batch before the caller's next, perhaps long, computation.
        await nextTask();
        this.#place = place;
        yield result.value;
      }
    } finally {
      await iterator.return?.();
    }
  }

  #resumable(): Resumable {
    const { stateDict, loadStateDict } = this.#source;
    if (stateDict === undefined || loadStateDict === undefined)
      throw new ValueError("prefetch: its batches come from something that has no stateDict");
    return this.#source as Resumable;
  }
}

refuseSyncLoop(Prefetched.prototype, "prefetch");

function keepTensors(batch: unknown): void {
  if (batch instanceof Tensor) keep(batch);
  else if (typeof batch === "object" && batch !== null)
    for (const field of Object.values(batch)) if (field instanceof Tensor) keep(field);
}
