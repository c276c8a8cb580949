import type { Batch } from "@tapegrad/data";

/** The batches of a step, and whether the loader has come to its end with them: what is left over is only found to be so then. */
export interface Group<B> {
  readonly batches: readonly B[];
  readonly ended: boolean;
}

/** The batches of an epoch, as many at a time as make one step; at its end perhaps fewer. */
export async function* groupsOf<B>(
  loader: AsyncIterable<B>,
  accumulate: number,
): AsyncGenerator<Group<B>, void, undefined> {
  let group: B[] = [];
  for await (const batch of loader) {
    group.push(batch);
    if (group.length < accumulate) continue;
    yield { batches: group, ended: false };
    group = [];
  }
  if (group.length > 0) yield { batches: group, ended: true };
}

/** How many examples a batch holds; 1 if it is none that is known. */
export function examplesOf(batch: unknown): number {
  return (Object(batch) as Partial<Batch>).inputs?.shape?.[0] ?? 1;
}
