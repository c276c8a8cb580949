import { DTypeError, type Storage, stridesOf, Tensor, ValueError } from "@tapegrad/tensor";
import { isPlainObject, showNonTensor } from "@tapegrad/tensor/internal";
import type { Content } from "../io/content.ts";
import type { FileDType } from "../io/file-dtype.ts";
import type { FileStorage } from "../io/file-storage.ts";
import { FileTensor } from "../io/file-tensor.ts";
import { storageClassOf } from "./find-global.ts";
import { opcode } from "./opcode.ts";
import { PickleBytes } from "./pickle-bytes.ts";
import { OrderedDict, PythonName, Tuple } from "./torch-value.ts";

/**
 * What `saveTorch` writes: what `readTorch` reads, and tensors on a device and plain objects besides. A `Map` or plain
 * object becomes a dict, an array a list, a `Set` a set, one within another a frozenset; a whole number an int, any other a
 * float. Raw bytes are refused, as protocol 2 has none: make a uint8 tensor of them with `fileTensor`. So are lists and
 * dicts within sets and keys, as Python has no sets of them, and a `PythonName`, behind which there is nothing.
 */
export type TorchSavable =
  | null
  | boolean
  | number
  | bigint
  | string
  | Tensor
  | FileTensor
  | Uint8Array
  | PythonName
  | Tuple
  | readonly TorchSavable[]
  | ReadonlySet<TorchSavable>
  | ReadonlyMap<unknown, TorchSavable>
  | { readonly [key: string]: TorchSavable };

/** A storage to be written after the pickle. */
export interface PickledStorage {
  readonly key: string;
  /** Its bytes, little-endian. */
  readonly content: Content;
}

/** How values are pickled. */
export interface PickleOptions {
  /** Which entries, by their key in the dict, are saved as int64 if they are int32 tensors. */
  readonly asInt64: (key: string) => boolean;
}

const deepest = 200;

/** The pickle of a value, protocol 2, and the storages that it refers to, each once. @throws ValueError or DTypeError if something cannot be saved. */
export function pickle(
  value: TorchSavable,
  options: PickleOptions,
): { bytes: Uint8Array; storages: readonly PickledStorage[] } {
  const writer = new Pickler(options);
  return { bytes: writer.dump(value), storages: writer.storages };
}

class Pickler {
  readonly storages: PickledStorage[] = [];
  readonly #out = new PickleBytes();
  readonly #asInt64: PickleOptions["asInt64"];
  /** Keys of the storages met so far, by what they hold and the dtype that it is saved as. */
  readonly #keys = new Map<Storage | FileStorage, Map<FileDType, string>>();

  constructor({ asInt64 }: PickleOptions) {
    this.#asInt64 = asInt64;
  }

  dump(value: TorchSavable): Uint8Array {
    this.#out.code(opcode.PROTO).byte(2);
    this.#value(value, null, 0);
    return this.#out.code(opcode.STOP).finish();
  }

  /**
   * @param key the dict key of the value, if it has one.
   * @param within what it is in, be it in tuples, if Python holds only what never changes there.
   */
  #value(value: TorchSavable, key: unknown, depth: number, within: Within | null = null): void {
    if (depth > deepest) throw new ValueError(`saveTorch: the value is cyclic or nested more than ${deepest} deep`);
    if (within !== null) checkHashable(value, within);
    const out = this.#out;
    if (value === null) out.code(opcode.NONE);
    else if (typeof value === "boolean") out.code(value ? opcode.NEWTRUE : opcode.NEWFALSE);
    else if (typeof value === "number") out.number(value);
    else if (typeof value === "bigint") out.integer(value);
    else if (typeof value === "string") out.text(value);
    else if (value instanceof Tensor) this.#tensor(value, key);
    else if (value instanceof FileTensor) this.#fileTensor(value);
    else if (value instanceof Tuple) this.#tuple(value.items, depth, within);
    else if (value instanceof Map) this.#dict(value as ReadonlyMap<unknown, TorchSavable>, depth);
    else if (value instanceof Set)
      this.#set(within === null ? "set" : "frozenset", value as ReadonlySet<TorchSavable>, depth);
    else if (Array.isArray(value)) this.#list(value as readonly TorchSavable[], depth);
    else if (value instanceof PythonName)
      throw new ValueError(
        `saveTorch: cannot save ${value.name}, of which a checkpoint held the name only; leave it out, as a schedule's own stateDict() does`,
      );
    else if (isPlainObject(value)) this.#dict(new Map<unknown, TorchSavable>(Object.entries(value)), depth);
    else throw new ValueError(`saveTorch: cannot save ${showNonTensor(value)}`);
  }

  #list(items: readonly TorchSavable[], depth: number, within: Within | null = null): void {
    const out = this.#out.code(opcode.EMPTY_LIST).code(opcode.MARK);
    for (const item of items) this.#value(item, null, depth + 1, within);
    out.code(opcode.APPENDS);
  }

  #set(type: "set" | "frozenset", items: ReadonlySet<TorchSavable>, depth: number): void {
    const out = this.#out.global("__builtin__", type);
    this.#list([...items], depth, "Set");
    out.code(opcode.TUPLE1).code(opcode.REDUCE);
  }

  #tuple(items: readonly TorchSavable[], depth = 0, within: Within | null = null): void {
    const out = this.#out.code(opcode.MARK);
    for (const item of items) this.#value(item, null, depth + 1, within);
    out.code(opcode.TUPLE);
  }

  #dict(dict: ReadonlyMap<unknown, TorchSavable>, depth: number): void {
    if (dict instanceof OrderedDict) this.#emptyOrderedDict();
    else this.#out.code(opcode.EMPTY_DICT);
    this.#out.code(opcode.MARK);
    for (const [key, value] of dict) {
      this.#value(key as TorchSavable, null, depth + 1, "key of a dict");
      this.#value(value, key, depth + 1);
    }
    this.#out.code(opcode.SETITEMS);
    if (!(dict instanceof OrderedDict) || dict.attributes.size === 0) return;
    this.#dict(dict.attributes as ReadonlyMap<string, TorchSavable>, depth + 1);
    this.#out.code(opcode.BUILD);
  }

  #tensor({ storage, shape, dtype, size, device }: Tensor, key: unknown): void {
    const wide = dtype === "int32" && typeof key === "string" && this.#asInt64(key);
    this.#rebuild(
      storage,
      wide ? "int64" : dtype,
      size,
      { shape, stride: stridesOf(shape), storageOffset: 0 },
      {
        async *pieces() {
          const values = await device.download(storage.handle);
          const { buffer, byteOffset, byteLength } = wide ? BigInt64Array.from(values, BigInt) : values;
          yield new Uint8Array(buffer, byteOffset, byteLength);
        },
      },
    );
  }

  #fileTensor(tensor: FileTensor): void {
    const { storage, isParameter, requiresGrad } = tensor;
    const rebuild = (): void => this.#rebuild(storage, storage.dtype, storage.count, tensor, storage, requiresGrad);
    if (!isParameter) return rebuild();
    const out = this.#out.global("torch._utils", "_rebuild_parameter").code(opcode.MARK);
    rebuild();
    out.code(requiresGrad ? opcode.NEWTRUE : opcode.NEWFALSE);
    this.#emptyOrderedDict();
    out.code(opcode.TUPLE).code(opcode.REDUCE);
  }

  /** `_rebuild_tensor_v2(storage, offset, size, stride, requires_grad, OrderedDict())`. */
  #rebuild(
    storage: Storage | FileStorage,
    dtype: FileDType,
    count: number,
    { shape, stride, storageOffset }: Pick<FileTensor, "shape" | "stride" | "storageOffset">,
    content: Content,
    requiresGrad = false,
  ): void {
    const storageClass = storageClassOf(dtype);
    if (storageClass === null)
      throw new DTypeError(`saveTorch: PyTorch has no storage for ${dtype}; save it as another dtype`);
    const out = this.#out.global("torch._utils", "_rebuild_tensor_v2").code(opcode.MARK);
    out.code(opcode.MARK).text("storage").global("torch", storageClass);
    out
      .text(this.#keyOf(storage, dtype, content))
      .text("cpu")
      .number(count)
      .code(opcode.TUPLE)
      .code(opcode.BINPERSID);
    out.number(storageOffset);
    this.#tuple(shape);
    this.#tuple(stride);
    out.code(requiresGrad ? opcode.NEWTRUE : opcode.NEWFALSE);
    this.#emptyOrderedDict();
    out.code(opcode.TUPLE).code(opcode.REDUCE);
  }

  #emptyOrderedDict(): void {
    this.#out.global("collections", "OrderedDict").code(opcode.EMPTY_TUPLE).code(opcode.REDUCE);
  }

  #keyOf(storage: Storage | FileStorage, dtype: FileDType, content: Content): string {
    const keys = this.#keys.get(storage) ?? new Map<FileDType, string>();
    this.#keys.set(storage, keys);
    const known = keys.get(dtype);
    if (known !== undefined) return known;
    const key = String(this.storages.length);
    keys.set(dtype, key);
    this.storages.push({ key, content });
    return key;
  }
}

type Within = "Set" | "key of a dict";

/** @throws ValueError of what becomes a list or a dict. */
function checkHashable(value: TorchSavable, within: Within): void {
  if (typeof value !== "object" || value === null) return;
  const type = Array.isArray(value)
    ? "list (Array)"
    : value instanceof Map
      ? `dict (${value.constructor.name})`
      : isPlainObject(value)
        ? "dict (Object)"
        : null;
  if (type !== null)
    throw new ValueError(
      `saveTorch: a ${within} holds a ${type}, which ${within === "Set" ? "a set" : "one"} in Python cannot`,
    );
}
