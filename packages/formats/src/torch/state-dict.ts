import { ValueError } from "@tapegrad/tensor";
import { checkString, refuseUnknownOptions, showValue } from "@tapegrad/tensor/internal";
import { FileTensor } from "../io/file-tensor.ts";
import { type TorchKey, type TorchValue, Tuple } from "./torch-value.ts";

/** How a state dict is found in a checkpoint. */
export interface StateDictOptions {
  /**
   * Where in the checkpoint the state dict lies, as `state_dict` or `ema.model`.
   *
   * @default the checkpoint itself if it holds only tensors, else the first of `state_dict`, `model_state_dict`,
   *   `model`, `net`, `network`, `weights` that does, and is not empty if another is not
   */
  readonly key?: string;
  /**
   * A prefix that is taken off if every name has it; `""` takes off none.
   *
   * @default "module.", which PyTorch's DataParallel puts before every name
   */
  readonly stripPrefix?: string;
}

const usualKeys = ["state_dict", "model_state_dict", "model", "net", "network", "weights"];

/**
 * The state dict in a checkpoint that may hold other things beside it (an epoch, an optimizer's state): tensors under
 * their names, without the prefix of DataParallel.
 *
 * @throws ValueError if there is none, listing what there is.
 */
export function findStateDict(value: TorchValue, options: StateDictOptions = {}): Map<string, FileTensor> {
  refuseUnknownOptions("findStateDict", options, ["key", "stripPrefix"]);
  const { key, stripPrefix = "module." } = options;
  const found = key === undefined ? search(value) : asStateDict(follow(value, key));
  if (found === null) {
    throw new ValueError(
      `findStateDict: no state dict ${key === undefined ? "among the usual keys" : `under the key ${key}`}; the checkpoint is ${describe(value)}. Name it with the option key`,
    );
  }
  return withoutPrefix(found, stripPrefix);
}

/** Takes a prefix off every name, if every name has it. */
export function withoutPrefix<T>(dict: ReadonlyMap<string, T>, prefix: string): Map<string, T> {
  if (!(dict instanceof Map)) throw new ValueError(`withoutPrefix: expected a Map, got ${showValue(dict)}`);
  checkString("withoutPrefix", "prefix", prefix);
  const names = [...dict.keys()];
  if (prefix === "" || !names.every((name) => name.startsWith(prefix) && name.length > prefix.length))
    return new Map(dict);
  return new Map(Array.from(dict, ([name, value]) => [name.slice(prefix.length), value]));
}

function search(value: TorchValue): Map<string, FileTensor> | null {
  const own = asStateDict(value);
  if (own !== null || !(value instanceof Map)) return own;
  const inner = usualKeys.flatMap((key) => asStateDict(value.get(key)) ?? []);
  return inner.find(({ size }) => size > 0) ?? inner[0] ?? null;
}

/** Follows names through nested dicts; a name that holds dots itself is found too. */
function follow(value: TorchValue | undefined, path: string): TorchValue | undefined {
  if (!(value instanceof Map)) return undefined;
  if (value.has(path)) return value.get(path);
  const dot = path.indexOf(".");
  return dot < 0 ? undefined : follow(value.get(path.slice(0, dot)), path.slice(dot + 1));
}

/** The value, if it is a dict of tensors under names; a module without state has an empty one. */
function asStateDict(value: TorchValue | undefined): Map<string, FileTensor> | null {
  if (!(value instanceof Map)) return null;
  const dict = new Map<string, FileTensor>();
  for (const [name, entry] of value as ReadonlyMap<TorchKey, TorchValue>) {
    if (typeof name !== "string" || !(entry instanceof FileTensor)) return null;
    dict.set(name, entry);
  }
  return dict;
}

function describe(value: TorchValue): string {
  if (value instanceof Map) {
    const keys = Array.from((value as ReadonlyMap<TorchKey, TorchValue>).keys(), String);
    return `a dict with the keys ${keys.slice(0, 20).join(", ")}${keys.length > 20 ? ", …" : ""}`;
  }
  if (value instanceof FileTensor) return "a tensor";
  if (value instanceof Set) return "a set";
  if (Array.isArray(value)) return "a list";
  return value instanceof Tuple ? "a tuple" : `a ${value === null ? "None" : typeof value}`;
}
