import type { FileTensor } from "../file-tensor.ts";

/** A key of a Python dict. */
export type TorchKey = null | boolean | number | bigint | string;

/**
 * What a checkpoint holds, in JavaScript's terms: dicts come as `Map`s (so that no key, not even `__proto__`, can do
 * harm), lists as arrays, tuples as `Tuple`s, bytes as `Uint8Array`s; integers beyond 2^53 as bigints.
 */
export type TorchValue =
  | TorchKey
  | FileTensor
  | Uint8Array
  | Tuple
  | readonly TorchValue[]
  | ReadonlyMap<TorchKey, TorchValue>;

/** A Python tuple. */
export class Tuple {
  readonly items: readonly TorchValue[];

  constructor(items: readonly TorchValue[]) {
    this.items = items;
  }
}

/**
 * A Python `OrderedDict`, as state dicts are: a `Map` with attributes, of which PyTorch uses `_metadata`, the version of
 * each module.
 */
export class OrderedDict extends Map<TorchKey, TorchValue> {
  readonly attributes: Map<string, TorchValue> = new Map();
}
