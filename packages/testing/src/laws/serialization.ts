import { sameShape, type Tensor } from "@tapegrad/tensor";
import { showShape } from "@tapegrad/tensor/internal";
import fc from "fast-check";

/** Writes a state dict and reads it again: to a file, or to bytes. */
export type RoundTrip = (state: ReadonlyMap<string, Tensor>) => Promise<ReadonlyMap<string, Tensor>>;

/**
 * The law that reading what was written is the identity: the same names, dtypes, shapes and bits, NaN, infinities and the sign
 * of zero included. The order of the names does not matter.
 *
 * ```ts
 * fc.assert(roundTripIdentity(stateDicts(), async (state) => loadSafetensors(await encodeSafetensors(state))));
 * ```
 */
export function roundTripIdentity(
  states: fc.Arbitrary<ReadonlyMap<string, Tensor>>,
  roundTrip: RoundTrip,
): fc.IAsyncProperty<[ReadonlyMap<string, Tensor>]> {
  return fc.asyncProperty(states, async (state) => {
    const read = await roundTrip(state);
    const [names, wanted] = [[...read.keys()], [...state.keys()]];
    const lost = wanted.filter((name) => !read.has(name));
    const added = names.filter((name) => !state.has(name));
    if (lost.length + added.length > 0) {
      throw new Error(`after the round trip, ${quoted(lost)} is missing and ${quoted(added)} is new`);
    }
    for (const [name, before] of state) await expectSameTensor(name, read.get(name)!, before);
  });
}

async function expectSameTensor(name: string, after: Tensor, before: Tensor): Promise<void> {
  if (after.dtype !== before.dtype || !sameShape(after.shape, before.shape)) {
    throw new Error(
      `after the round trip, ${name} is ${after.dtype} ${showShape(after.shape)}, ` +
        `it was ${before.dtype} ${showShape(before.shape)}`,
    );
  }
  const [found, expected] = [await after.data(), await before.data()];
  const wrong = expected.findIndex((value, i) => !Object.is(found[i], value));
  if (wrong < 0) return;
  throw new Error(
    `after the round trip, element ${wrong} of ${name} is ${signed(found[wrong]!)}, it was ${signed(expected[wrong]!)}`,
  );
}

function signed(value: number): string {
  return Object.is(value, -0) ? "-0" : String(value);
}

function quoted(names: readonly string[]): string {
  return names.length === 0 ? "nothing" : names.map((name) => JSON.stringify(name)).join(", ");
}
