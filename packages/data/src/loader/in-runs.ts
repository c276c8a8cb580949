/** Runs of `size` items; the last may be shorter, unless it is to be dropped. */
export async function* inRuns<T>(
  items: Iterable<T> | AsyncIterable<T>,
  size: number,
  dropLast: boolean,
): AsyncGenerator<T[], void, undefined> {
  let run: T[] = [];
  for await (const item of items) {
    run.push(item);
    if (run.length < size) continue;
    yield run;
    run = [];
  }
  if (run.length > 0 && !dropLast) yield run;
}
