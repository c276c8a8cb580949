import type { LoadOptions, LoadResult, Module } from "@tapegrad/nn";
import type { FileTensor } from "./file-tensor.ts";

/**
 * Reads the tensors of a file straight into a model, one after the other: large weights are never in memory twice, as they
 * are between `loadTorch` and `loadStateDict`.
 *
 * ```ts
 * await loadInto(model, findStateDict(await readTorch("resnet152.pth")));
 * await loadInto(model, (await readSafetensors("model.safetensors")).tensors);
 * ```
 *
 * Names, shapes and dtypes are checked before the first value is read. If the file turns out to be damaged further on, the
 * tensors before the damage have their new values, the others their old ones.
 *
 * @returns the keys that were missing and unexpected: both empty if `strict`.
 * @throws StateDictError listing all missing and unexpected keys, unless `strict` is false, and all tensors of another
 *   shape or dtype.
 * @throws FormatError if the file is damaged, or an integer does not fit int32.
 */
export function loadInto(
  model: Module,
  dict: ReadonlyMap<string, FileTensor>,
  options: LoadOptions = {},
): Promise<LoadResult> {
  const load = (): Promise<LoadResult> => model.loadStoredStateDict(dict, options);
  const [first] = dict.values();
  return first === undefined ? load() : first.storage.source.held(load);
}
