import { FormatError } from "@tapegrad/tensor";
import type { FileDType } from "../file-dtype.ts";
import { FileStorage } from "../file-storage.ts";
import { FileTensor } from "../file-tensor.ts";
import { OrderedDict, Tuple } from "./torch-value.ts";
import type { TorchKey, TorchValue } from "./torch-value.ts";

/** What the unpickler lends to the globals that it knows. */
export interface PickleHost {
  readonly file: string;
  /** Sets an entry of a dict. @throws FormatError if the key is none. */
  setItem(dict: Map<TorchKey, TorchValue>, key: unknown, value: unknown): void;
}

/** A global that a pickle may name, and what calling it means here. */
export class PickleGlobal {
  readonly name: string;
  readonly call: (args: readonly unknown[], host: PickleHost) => unknown;

  constructor(name: string, call: (args: readonly unknown[], host: PickleHost) => unknown) {
    this.name = name;
    this.call = call;
  }
}

/** `torch.FloatStorage` and its kin: named in the persistent ids of storages, never called. */
export class StorageClass extends PickleGlobal {
  readonly dtype: FileDType;

  constructor(name: string, dtype: FileDType) {
    super(name, (_, { file }) => {
      throw new FormatError(file, `refused: its pickle calls ${name}`);
    });
    this.dtype = dtype;
  }
}

const storageClasses: Readonly<Record<string, FileDType>> = {
  HalfStorage: "float16",
  BFloat16Storage: "bfloat16",
  FloatStorage: "float32",
  DoubleStorage: "float64",
  CharStorage: "int8",
  ShortStorage: "int16",
  IntStorage: "int32",
  LongStorage: "int64",
  ByteStorage: "uint8",
  BoolStorage: "bool",
};

/** The storage class of a dtype, for writing; PyTorch has none for unsigned integers beyond uint8. */
export function storageClassOf(dtype: FileDType): string | null {
  return Object.entries(storageClasses).find(([, known]) => known === dtype)?.[0] ?? null;
}

/** All that a checkpoint of tensors needs. */
const globals: ReadonlyMap<string, PickleGlobal> = new Map(
  [
    new PickleGlobal("collections.OrderedDict", orderedDict),
    new PickleGlobal("torch._utils._rebuild_tensor", rebuildTensor),
    new PickleGlobal("torch._utils._rebuild_tensor_v2", rebuildTensor),
    new PickleGlobal("torch._utils._rebuild_parameter", rebuildParameter),
    new PickleGlobal("torch.Size", size),
    ...Object.entries(storageClasses).map(([name, dtype]) => new StorageClass(`torch.${name}`, dtype)),
  ].map((global) => [global.name, global]),
);

/** @throws FormatError naming the global unless it is one that tensors need. */
export function findGlobal(file: string, module: string, name: string): PickleGlobal {
  const known = globals.get(`${module}.${name}`);
  if (known !== undefined) return known;
  const shown = `${module}.${name}`.slice(0, 120);
  const advice = module.includes(".nn.") ? "; it pickles whole modules: save model.state_dict() instead" : "";
  throw new FormatError(
    file,
    `refused: its pickle names the global ${JSON.stringify(shown)}, which no tensor needs${advice}. Nothing was run`,
  );
}

/** `OrderedDict()`, or of a list of pairs, as Python 2 wrote it. */
function orderedDict(args: readonly unknown[], host: PickleHost): OrderedDict {
  const dict = new OrderedDict();
  const [pairs, ...rest] = args;
  if (pairs === undefined) return dict;
  if (!Array.isArray(pairs) || rest.length > 0) throw wrongCall(host, "OrderedDict");
  for (const pair of pairs as unknown[]) {
    const items = pair instanceof Tuple ? pair.items : pair;
    if (!Array.isArray(items) || items.length !== 2) throw wrongCall(host, "OrderedDict");
    host.setItem(dict, items[0], items[1]);
  }
  return dict;
}

/** `(storage, offset, size, stride, requires_grad?, backward_hooks?, metadata?)`. */
function rebuildTensor(args: readonly unknown[], host: PickleHost): FileTensor {
  const [storage, storageOffset, shape, stride, requiresGrad = false, hooks = null, metadata = null, ...rest] = args;
  if (
    !(storage instanceof FileStorage) ||
    typeof storageOffset !== "number" ||
    typeof requiresGrad !== "boolean" ||
    rest.length > 0
  ) {
    throw wrongCall(host, "_rebuild_tensor_v2");
  }
  checkEmpty(host, "backward hooks", hooks);
  checkEmpty(host, "metadata such as conjugation", metadata);
  return new FileTensor(storage, {
    storageOffset,
    shape: extents(host, shape),
    stride: extents(host, stride),
    requiresGrad,
  });
}

/** `(data, requires_grad, backward_hooks)`. */
function rebuildParameter(args: readonly unknown[], host: PickleHost): FileTensor {
  const [data, requiresGrad, hooks, ...rest] = args;
  if (!(data instanceof FileTensor) || typeof requiresGrad !== "boolean" || rest.length > 0)
    throw wrongCall(host, "_rebuild_parameter");
  checkEmpty(host, "backward hooks", hooks);
  const { storage, shape, stride, storageOffset } = data;
  return new FileTensor(storage, { shape, stride, storageOffset, isParameter: true, requiresGrad });
}

function size(args: readonly unknown[], host: PickleHost): Tuple {
  const [tuple, ...rest] = args;
  if (!(tuple instanceof Tuple) || rest.length > 0) throw wrongCall(host, "torch.Size");
  return tuple;
}

/** Sizes or strides: a short tuple of numbers. Their values are checked by the tensor. */
function extents(host: PickleHost, value: unknown): number[] {
  const items = value instanceof Tuple ? value.items : value;
  if (!Array.isArray(items) || items.length > 64 || !items.every((item) => typeof item === "number")) {
    throw new FormatError(host.file, "a tensor's sizes and strides must be tuples of at most 64 integers");
  }
  return [...items];
}

function checkEmpty({ file }: PickleHost, what: string, value: unknown): void {
  if (value === null || (value instanceof Map && value.size === 0)) return;
  throw new FormatError(file, `refused: a tensor carries ${what}`);
}

function wrongCall({ file }: PickleHost, name: string): FormatError {
  return new FormatError(file, `its pickle calls ${name} with wrong arguments`);
}
