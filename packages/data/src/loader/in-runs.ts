import { ValueError } from "@tapegrad/tensor";
import { showValue } from "@tapegrad/tensor/internal";

/** Runs of `size` items; the last may be shorter, unless it is to be dropped. */
export async function* inRuns<T>(
  items: Iterable<T> | AsyncIterable<T>,
  size: number,
  dropLast: boolean,
): AsyncGenerator<T[], void, undefined> {
  const { [Symbol.iterator]: some, [Symbol.asyncIterator]: awaited } = Object(items) as Partial<
    Iterable<T> & AsyncIterable<T>
  >;
  if (some === undefined && awaited === undefined)
    throw new ValueError(`DataLoader: iterate(epoch) must give something to loop over, got ${showValue(items)}`);
  let run: T[] = [];
  for await (const item of items) {
    run.push(item);
    if (run.length < size) continue;
    yield run;
    run = [];
  }
  if (run.length > 0 && !dropLast) yield run;
}
