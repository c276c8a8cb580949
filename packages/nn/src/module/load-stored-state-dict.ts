import { sizeOf, type StoredTensor, type Tensor } from "@tapegrad/tensor";
import { explainChange, readOptions } from "@tapegrad/tensor/internal";
import { fillAbsentBuffers, type LoadOptions, type LoadResult, match } from "./load-state-dict.ts";
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
    const given = new Map(state);
    fillAbsentBuffers(given, targets, storedConstant);
    const { matched, result } = match(module.constructor.name, targets, given, strict);
    for (const { target, source } of matched)
      target.storage.replace(target.device.upload(await source.toHost()), false);
    return result;
  });
}

/** One value, as if it were in a file. */
function storedConstant({ shape, dtype }: Tensor, value: number): StoredTensor {
  const Values = dtype === "float32" ? Float32Array : Int32Array;
  return { shape, deviceDType: dtype, toHost: async () => new Values(sizeOf(shape)).fill(value) };
}
