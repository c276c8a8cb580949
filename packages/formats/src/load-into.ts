import { type LoadOptions, type LoadResult, Module } from "@tapegrad/nn";
import { loadStoredStateDict } from "@tapegrad/nn/internal";
import { type SavedMap, type StoredTensor, ValueError } from "@tapegrad/tensor";
import { isStoredTensor, refuseUnknownOptions, showValue } from "@tapegrad/tensor/internal";
import { FileTensor } from "./io/file-tensor.ts";
import { Tuple } from "./torch/torch-value.ts";

/** What goes on from a saved state: an optimizer, a schedule, a `WeightAverage`, a `Generator`. */
export type Resumable =
  | { loadStoredStateDict(state: SavedMap): Promise<unknown> }
  | { loadStateDict(state: SavedMap): unknown }
  | { setState(state: SavedMap): unknown };

/**
 * Reads the tensors of a file straight into a model, one after the other: large weights are never in memory twice, as they
 * are between `loadTorch` and `loadStateDict`. Or goes on with an optimizer, a schedule, a `WeightAverage` or a `Generator`
 * where it was saved.
 *
 * ```ts
 * await loadInto(model, findStateDict(await readTorch("resnet152.pth")));
 * await loadInto(model, (await readSafetensors("model.safetensors")).tensors);
 * await loadInto(optimizer, run.get("optimizer")); // after `const run = await readTorch("run.pth")`
 * ```
 *
 * Names, shapes, dtypes and kinds are checked before the first value is read. If the file turns out to be damaged further on, a
 * model has new values for the tensors before the damage, and old ones for the others; whatever else is as it was.
 *
 * @returns the keys of a model that were missing and unexpected: both empty if `strict`.
 * @throws StateDictError listing all missing and unexpected keys of a model, unless `strict` is false, and all tensors of another
 *   shape or dtype.
 * @throws ValueError if it is no state of the target, naming what is missing or of another kind.
 * @throws FormatError if the file is damaged, or an integer does not fit int32.
 */
export function loadInto(model: Module, dict: unknown, options?: LoadOptions): Promise<LoadResult>;
export function loadInto(target: Resumable, state: unknown): Promise<void>;
export async function loadInto(
  target: Module | Resumable,
  state: unknown,
  options: LoadOptions = {},
): Promise<LoadResult | void> {
  if (!["loadStoredStateDict", "loadStateDict", "setState"].some((name) => typeof Object(target)[name] === "function"))
    throw new ValueError(`loadInto: expected a model, or what has a stateDict, got ${showValue(target)}`);
  if (!(state instanceof Map))
    throw new ValueError(
      `loadInto: expected the saved state of a ${target.constructor.name}, a Map, got ${showValue(state)}`,
    );
  const load: () => Promise<LoadResult | void> =
    target instanceof Module ? intoModule(target, state, options) : intoResumable(target, state, options);
  const [first] = tensorsIn(state);
  return first === undefined ? load() : first.storage.source.held(load);
}

function intoModule(model: Module, dict: SavedMap, options: LoadOptions): () => Promise<LoadResult> {
  for (const [key, value] of dict) {
    if (typeof key === "string" && isStoredTensor(value)) continue;
    throw new ValueError(
      `loadInto: expected the tensors of a ${model.constructor.name} under their names, got ${showValue(value)} under ${showValue(key)}; findStateDict finds them in a larger checkpoint`,
    );
  }
  return () => loadStoredStateDict(model, dict as ReadonlyMap<string, StoredTensor>, options);
}

function intoResumable(target: Resumable, state: SavedMap, options: LoadOptions): () => Promise<void> {
  refuseUnknownOptions("loadInto", options, []);
  const plain = withoutTuples(state) as SavedMap;
  return async () => {
    if ("loadStoredStateDict" in target) await target.loadStoredStateDict(plain);
    else if ("loadStateDict" in target) target.loadStateDict(plain);
    else target.setState(plain);
  };
}

/** Python's tuples as the arrays that they were, or are here. */
function withoutTuples(value: unknown): unknown {
  if (value instanceof Tuple) return value.items.map(withoutTuples);
  if (Array.isArray(value)) return value.map(withoutTuples);
  return value instanceof Map ? new Map(Array.from(value, ([key, each]) => [key, withoutTuples(each)])) : value;
}

function* tensorsIn(value: unknown): Iterable<FileTensor> {
  if (value instanceof FileTensor) yield value;
  else if (value instanceof Map || Array.isArray(value)) for (const each of value.values()) yield* tensorsIn(each);
}
