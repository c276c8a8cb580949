import { FormatError } from "@tapegrad/tensor";
import type { FileDType } from "../io/file-dtype.ts";
import { FileStorage } from "../io/file-storage.ts";
import { FileTensor } from "../io/file-tensor.ts";
import { numpyGlobals } from "./numpy-globals.ts";
import { extents, PickleGlobal, type PickleHost, refusal, wrongCall } from "./pickle-global.ts";
import { pythonGlobals } from "./python-globals.ts";
import { scheduleGlobals } from "./schedule-globals.ts";
import { type TorchDType, torchDTypes } from "./torch-dtypes.ts";
import { PythonName, Tuple } from "./torch-value.ts";

/** `torch.FloatStorage` and its kin: named in the persistent ids of storages, never called. */
export class StorageClass extends PickleGlobal {
  readonly element: TorchDType;

  constructor(name: string, element: TorchDType) {
    super(name, null);
    this.element = element;
  }
}

const storageClasses: Readonly<Record<string, string>> = {
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
  ComplexFloatStorage: "complex64",
  ComplexDoubleStorage: "complex128",
  QInt8Storage: "qint8",
  QUInt8Storage: "quint8",
  QInt32Storage: "qint32",
};

/** The storage class of a dtype, for writing; PyTorch has none for unsigned integers beyond uint8. */
export function storageClassOf(dtype: FileDType): string | null {
  return Object.entries(storageClasses).find(([, known]) => known === dtype)?.[0] ?? null;
}

/** All that tensors need, and what training scripts keep beside them. */
const globals: ReadonlyMap<string, PickleGlobal> = new Map(
  [
    ...pythonGlobals,
    ...numpyGlobals,
    ...scheduleGlobals,
    new PickleGlobal("torch._utils._rebuild_tensor", rebuildTensor),
    new PickleGlobal("torch._utils._rebuild_tensor_v2", rebuildTensor),
    new PickleGlobal("torch._utils._rebuild_tensor_v3", rebuildTypedTensor),
    new PickleGlobal("torch._utils._rebuild_parameter", rebuildParameter),
    new PickleGlobal("torch.Size", size),
    new PickleGlobal("torch.device", device),
    ...Object.entries(storageClasses).map(
      ([name, dtype]) => new StorageClass(`torch.${name}`, torchDTypes.get(dtype)!),
    ),
    ...["torch.UntypedStorage", "torch.storage.UntypedStorage"].map(
      (name) => new StorageClass(name, torchDTypes.get("uint8")!),
    ),
  ].map((global) => [global.name, global]),
);

/** Whose functions a checkpoint has no reason even to name. */
const suspect = new Set(["__builtin__", "builtins", "os", "posix", "nt", "sys", "subprocess"]);
/** Names joined by dots, none of them private to Python itself but that of a program. */
const inert = /^(?:__main__\.)?(?!__)[\p{L}_][\p{L}\p{N}_]*(?:\.(?!__)[\p{L}_][\p{L}\p{N}_]*)*$/u;

/** A global that is known, or the name of one that may be referred to. @throws FormatError naming any other. */
export function findGlobal(file: string, module: string, name: string): PickleGlobal | PythonName | string {
  const path = `${module}.${name}`;
  if (module === "torch" && torchDTypes.has(name)) return path;
  const known = globals.get(path);
  if (known !== undefined) return known;
  if (path.length > 250 || !inert.test(path) || suspect.has(module.split(".", 1)[0]!)) throw refusal(file, path);
  return new PythonName(path);
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

/** `(storage, offset, size, stride, requires_grad, backward_hooks, dtype, metadata?)`: of a storage of bytes. */
function rebuildTypedTensor(args: readonly unknown[], host: PickleHost): FileTensor {
  const [storage, offset, shape, stride, requiresGrad, hooks, type, ...metadata] = args;
  const element = typeof type === "string" ? torchDTypes.get(type.replace(/^torch\./, "")) : undefined;
  if (!(storage instanceof FileStorage) || storage.dtype !== "uint8" || element === undefined)
    throw wrongCall(host, "_rebuild_tensor_v3");
  const typed = storage.viewAs(element);
  return rebuildTensor([typed, offset, shape, stride, requiresGrad, hooks, ...metadata], host);
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

/** `("cuda", 0)` is `cuda:0`. */
function device([type, index, ...rest]: readonly unknown[], host: PickleHost): string {
  const numbered = typeof index === "number";
  if (typeof type !== "string" || !(numbered || index === undefined) || rest.length > 0)
    throw wrongCall(host, "torch.device");
  if (type.length > 40) throw new FormatError(host.file, "its pickle has a device with an endless name");
  return numbered ? `${type}:${index}` : type;
}

function checkEmpty({ file }: PickleHost, what: string, value: unknown): void {
  if (value === null || (value instanceof Map && value.size === 0)) return;
  throw new FormatError(file, `refused: a tensor carries ${what}`);
}
