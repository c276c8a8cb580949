import { Tensor, ValueError, checkInteger, keep, refuseUnknownOptions, showValue } from "@tapegrad/tensor";
import { giveWay } from "./give-way.ts";

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
 * @param options.depth how many batches to be ahead. @default 2
 * @throws ValueError unless `depth` is a positive integer; while looping, what making a batch threw, in its turn.
 */
export function prefetch<B>(batches: AsyncIterable<B>, options: { readonly depth?: number } = {}): AsyncIterable<B> {
  refuseUnknownOptions("prefetch", options, ["depth"]);
  const { depth = 2 } = options;
  checkInteger("prefetch", "depth", depth, 1);
  if (typeof Object(batches)[Symbol.asyncIterator] !== "function")
    throw new ValueError(`prefetch: expected batches to loop over, such as a DataLoader, got ${showValue(batches)}`);
  return { [Symbol.asyncIterator]: () => runAhead(batches[Symbol.asyncIterator](), depth) };
}

async function* runAhead<B>(source: AsyncIterator<B>, depth: number): AsyncGenerator<B, void, undefined> {
  const ahead: Promise<IteratorResult<B, unknown>>[] = [];
  const ask = (): void => {
    const next = source.next().then((result) => {
      if (!result.done) keepTensors(result.value);
      return result;
    });
    // An error is thrown when its batch is due; until then it must not count as unhandled.
    next.catch(() => undefined);
    ahead.push(next);
  };
  try {
    for (;;) {
      while (ahead.length < depth + 1) ask();
      const result = await ahead.shift()!;
      if (result.done) return;
      // Lets the source ask for its next batch before the caller's next, perhaps long, computation.
      await giveWay();
      yield result.value;
    }
  } finally {
    await source.return?.();
  }
}

function keepTensors(batch: unknown): void {
  if (batch instanceof Tensor) keep(batch);
  else if (typeof batch === "object" && batch !== null)
    for (const field of Object.values(batch)) if (field instanceof Tensor) keep(field);
}
