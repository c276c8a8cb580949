import { sizeOf, type StoredTensor } from "@tapegrad/tensor";
import { explainChange, readOptions } from "@tapegrad/tensor/internal";
import { type Entry, fillAbsentBuffers, type LoadOptions, type LoadResult, match } from "./load-state-dict.ts";
import type { Module } from "./module.ts";

/**
 * As `loadStateDict` of a module, for tensors that are still in a file: reads one after the other into the parameters and
 * buffers, so that the weights are never in memory twice.
 *
 * Names, shapes and dtypes are checked before the first value is read. If reading fails further on, the tensors before the damage
 * have their new values, the others their old ones.
 */
export function loadStoredStateDict(
  module: Module,
  state: ReadonlyMap<string, StoredTensor>,
  options: LoadOptions = {},
): Promise<LoadResult> {
  const { strict } = readOptions("loadStoredStateDict", options, { strict: [true] });
  return explainChange("loadStoredStateDict", async () => {
    const targets = module.namedState();
    const given = new Map(Array.from(state, ([key, stored]) => [key, described(stored)]));
    fillAbsentBuffers(given, targets, storedConstant);
    const { matched, result } = match(module.constructor.name, targets, given, strict);
    for (const { target, source } of matched)
      target.storage.replace(target.device.upload(await source.toHost()), false);
    return result;
  });
}

/** A stored tensor that says its dtype as a tensor does. */
interface StoredEntry extends Entry {
  toHost(): Promise<Float32Array | Int32Array>;
}

function described(stored: StoredTensor): StoredEntry {
  return { shape: stored.shape, dtype: stored.deviceDType, toHost: () => stored.toHost() };
}

function storedConstant({ shape, dtype }: Entry, value: number): StoredEntry {
  const Values = dtype === "float32" ? Float32Array : Int32Array;
  return { shape, dtype, toHost: async () => new Values(sizeOf(shape)).fill(value) };
}
