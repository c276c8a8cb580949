import { ValueError } from "@tapegrad/tensor";
import { showValue } from "@tapegrad/tensor/internal";
import type { FileTensor } from "../io/file-tensor.ts";

/**
 * A function or class of Python that a checkpoint refers to, as PyTorch's `OneCycleLR` and `SWALR` do in their state. Nothing but its
 * name is here: it cannot be called, nor saved again.
 */
export class PythonName {
  /** `torch.optim.swa_utils.SWALR._cosine_anneal`. */
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }

  /** As Python writes it. */
  toString(): string {
    return this.name;
  }
}

/**
 * A key of a Python dict, or a member of a set. Tuples, bytes, sets and tensors are each their own key here: they are found
 * by going through the keys.
 */
export type TorchKey =
  | null
  | boolean
  | number
  | bigint
  | string
  | FileTensor
  | Uint8Array
  | PythonName
  | Tuple
  | ReadonlySet<TorchValue>;

/**
 * What a checkpoint holds, in JavaScript's terms: dicts come as `Map`s (so that no key, not even `__proto__`, can do
 * harm), lists as arrays, tuples as `Tuple`s, sets as `Set`s, bytes as `Uint8Array`s; integers beyond 2^53 as bigints; numpy's
 * arrays as tensors and its numbers as numbers; devices and dtypes by their names, `cuda:0` and `torch.float32`; functions
 * and classes as `PythonName`s.
 */
export type TorchValue = TorchKey | readonly TorchValue[] | ReadonlyMap<TorchKey, TorchValue>;

/** A Python tuple. */
export class Tuple {
  readonly items: readonly TorchValue[];

  constructor(items: readonly TorchValue[]) {
    if (!Array.isArray(items)) throw new ValueError(`Tuple: expected a list, got ${showValue(items)}`);
    this.items = items;
  }
}

/** An `argparse.Namespace` or `types.SimpleNamespace`: its attributes under their names. */
export class Namespace extends Map<TorchKey, TorchValue> {}

/**
 * A Python `OrderedDict`, as state dicts are: a `Map` with attributes, of which PyTorch uses `_metadata`, the version of
 * each module.
 */
export class OrderedDict extends Map<TorchKey, TorchValue> {
  readonly attributes: Map<string, TorchValue> = new Map();
}
