import {
  type DType,
  DTypeError,
  FormatError,
  fromHost,
  type Shape,
  ShapeError,
  sizeOf,
  stridesOf,
  type Tensor,
  ValueError,
} from "@tapegrad/tensor";
import { Incomparable, printAsText, showShape, showValue, readOptions } from "@tapegrad/tensor/internal";
import { allocate } from "./byte-source.ts";
import type { Bytes } from "./bytes.ts";
import { dtypeOfArray, elementsOf, type FileDType, type FileValues, isFloating, layoutOf } from "./file-dtype.ts";
import { FileStorage } from "./file-storage.ts";
import { gather } from "./gather.ts";
import { MemorySource } from "./memory-source.ts";
import { narrowToInt32 } from "./narrow-to-int32.ts";

/** How a tensor views its storage. */
export interface FileTensorOptions {
  readonly shape: Shape;
  /** Steps in elements along each axis. @default dense and row-major */
  readonly stride?: Shape;
  /** The element of the storage where the tensor begins. @default 0 */
  readonly storageOffset?: number;
  /** Whether the file calls it a parameter, as PyTorch does. @default false */
  readonly isParameter?: boolean;
  /** @default false */
  readonly requiresGrad?: boolean;
}

const largestRank = 64;

/**
 * A tensor as a file holds it, in any of its dtypes: read when its values are asked for, not before.
 *
 * It may view its storage with any offset and strides; what it hands out is dense and row-major.
 */
export class FileTensor extends Incomparable {
  readonly storage: FileStorage;
  readonly shape: Shape;
  readonly stride: Shape;
  readonly storageOffset: number;
  readonly isParameter: boolean;
  readonly requiresGrad: boolean;
  #paid = false;

  /** @throws FormatError if shape, strides or offset are impossible or lead out of the storage. */
  constructor(storage: FileStorage, options: FileTensorOptions) {
    super();
    if (!(storage instanceof FileStorage))
      throw new ValueError(`FileTensor: expected a FileStorage, got ${showValue(storage)}`);
    if (!Array.isArray(options?.shape))
      throw new ShapeError(`FileTensor: expected a shape such as [2, 3], got ${showValue(options?.shape)}`);
    const { shape, stride = stridesOf(shape), storageOffset = 0, isParameter = false, requiresGrad = false } = options;
    this.storage = storage;
    this.shape = shape;
    this.stride = stride;
    this.storageOffset = storageOffset;
    this.isParameter = isParameter;
    this.requiresGrad = requiresGrad;
    storage.source.budget.spend(costOfTensor + 32 * shape.length, `a tensor of ${storage.label}`);
    this.#check();
  }

  get dtype(): FileDType {
    return this.storage.dtype;
  }

  /** What the file calls the dtype, where that is `unknown`. */
  get dtypeName(): string {
    return this.storage.dtypeName;
  }

  /** Number of elements. */
  get size(): number {
    return sizeOf(this.shape);
  }

  /** Bytes of the dense values in the file's dtype. */
  get byteLength(): number {
    return this.size * this.storage.elementBytes;
  }

  /**
   * The dense, row-major values in the file's dtype, little-endian: bit for bit what the file holds.
   *
   * @throws FormatError if the file cannot be read, or its tensors repeat elements (stride 0) beyond what `budgetBytes` allows.
   */
  async bytes(): Promise<Bytes> {
    const { size, storage, storageOffset } = this;
    if (size === 0) return new Uint8Array(0);
    this.#pay();
    if (this.#isDense()) return storage.read(storageOffset, size);
    const { elementBytes } = storage;
    if (elementBytes !== 1 && elementBytes !== 2 && elementBytes !== 4 && elementBytes !== 8)
      throw this.#error(`is not dense, and elements of ${elementBytes} bytes are not put in order`);
    const target = allocate(storage.source.name, this.byteLength);
    const source = elementsOf(await storage.read(storageOffset, this.#span()), elementBytes);
    gather(source, elementsOf(target, elementBytes), this.shape, this.stride);
    return target;
  }

  /** The same as `bytes`, one piece after the other: a dense tensor takes at most 64 MiB of memory at a time. */
  async *pieces(): AsyncGenerator<Bytes, void, undefined> {
    if (!this.#isDense()) return void (yield await this.bytes());
    this.#pay();
    yield* this.storage.pieces(this.storageOffset, this.size);
  }

  /**
   * The dense, row-major values: an array of the dtype's own kind (int64 a BigInt64Array). Floats of 8 and 16 bits come as
   * float32, bool as 0 and 1; nothing is rounded.
   *
   * @throws FormatError if the dtype is `unknown`, or for what `bytes` throws.
   */
  async values(): Promise<FileValues> {
    if (this.dtype === "unknown") throw this.#error("is of a dtype that is not read; bytes() gives it as it is");
    return layoutOf(this.dtype).decode(await this.bytes());
  }

  /** What devices hold the values as: float32 for all floats, int32 for all integers and bool. */
  get deviceDType(): DType {
    return isFloating(this.dtype) || this.dtype === "unknown" ? "float32" : "int32";
  }

  /**
   * The dense, row-major values as devices take them, in `deviceDType`. float64 is rounded.
   *
   * @throws FormatError if a value is beyond what that dtype can hold.
   */
  async toHost(): Promise<Float32Array | Int32Array> {
    const values = await this.values();
    return values instanceof Float64Array || values instanceof Float32Array
      ? this.#float32(values)
      : this.#int32(values);
  }

  /**
   * A tensor on the current device, in `deviceDType`.
   *
   * @throws FormatError if a value is beyond what that dtype can hold.
   */
  async toTensor(options: { readonly requiresGrad?: boolean } = {}): Promise<Tensor> {
    const { requiresGrad } = readOptions("FileTensor.toTensor", options, { requiresGrad: [false] });
    return fromHost(await this.toHost(), this.shape, requiresGrad);
  }

  override toString(): string {
    return `FileTensor(${this.dtypeName} ${showShape(this.shape)} of ${this.storage.source.name})`;
  }

  #float32(values: Float32Array | Float64Array): Float32Array {
    if (values instanceof Float32Array) return values;
    const rounded = Float32Array.from(values);
    for (let i = 0; i < values.length; i++) {
      if (Number.isFinite(values[i]) && !Number.isFinite(rounded[i])) throw this.#tooLarge(values[i]!, i, "float32");
    }
    return rounded;
  }

  #int32(values: Exclude<FileValues, Float32Array | Float64Array>): Int32Array {
    const { narrow, lost } = narrowToInt32(values);
    if (lost >= 0) throw this.#tooLarge(values[lost]!, lost, "int32");
    return narrow;
  }

  #tooLarge(value: number | bigint, index: number, dtype: string): FormatError {
    return this.#error(`holds ${value} at flat index ${index}, which ${dtype} cannot; read it with values()`);
  }

  #error(problem: string): FormatError {
    return new FormatError(
      this.storage.source.name,
      `a ${this.dtypeName} tensor ${showShape(this.shape)} of ${this.storage.label} ${problem}`,
    );
  }

  /** Pays once for what the tensor repeats, however often it is read. */
  #pay(): void {
    if (this.#paid) return;
    this.storage.pay(this.byteLength, `the values of a tensor ${showShape(this.shape)} of ${this.storage.label}`);
    this.#paid = true;
  }

  /** Whether the values lie in the storage as they are handed out. */
  #isDense(): boolean {
    const dense = stridesOf(this.shape);
    return this.shape.every((extent, axis) => extent === 1 || this.stride[axis] === dense[axis]);
  }

  /** Elements of the storage from the first to the last that is viewed; size must not be 0. */
  #span(): number {
    return this.shape.reduce((span, extent, axis) => span + (extent - 1) * this.stride[axis]!, 1);
  }

  #check(): void {
    const { shape, stride, storageOffset, storage } = this;
    const name = storage.source.name;
    const describe = (): string =>
      `a tensor with sizes [${shape.join(", ")}], strides [${stride.join(", ")}] and offset ${storageOffset}`;
    if (shape.length > largestRank)
      throw new FormatError(name, `a tensor with ${shape.length} axes; at most ${largestRank} are allowed`);
    if (stride.length !== shape.length) throw new FormatError(name, `${describe()} has a stride too many or too few`);
    const impossible = [shape, stride, [storageOffset]].flatMap((sizes) => sizes.filter(isNoSize));
    if (impossible.length > 0)
      throw new FormatError(name, `${describe()}: ${impossible[0]} is negative or no whole number`);
    if (!Number.isSafeInteger(this.byteLength)) throw new FormatError(name, `${describe()} overflows: it is too large`);
    const { tensorBytes } = storage.source;
    if (this.byteLength > tensorBytes)
      throw new FormatError(
        name,
        `${describe()} takes ${this.byteLength} bytes, more than the limit (tensorBytes) of ${tensorBytes}`,
      );
    if (this.size > 0 && storageOffset + this.#span() > storage.count) {
      throw new FormatError(name, `${describe()} leads out of ${storage.label}, which has ${storage.count} elements`);
    }
  }
}

printAsText(FileTensor.prototype);

/** Bytes of memory that a tensor takes beside its values and its axes. */
const costOfTensor = 512;

function isNoSize(value: number): boolean {
  return !Number.isSafeInteger(value) || value < 0;
}

/** How `fileTensor` stores values. */
export interface FromValuesOptions {
  /** @default the dtype of the array; float16 and bfloat16 round a float array, bool takes 0 and 1 */
  readonly dtype?: FileDType;
}

/**
 * A tensor in a file's dtype, made of values in memory: for writing what no device holds, such as int64 or float64.
 *
 * @throws ShapeError if the values do not fill `shape`.
 * @throws DTypeError if an array of this kind cannot become `dtype`.
 */
export function fileTensor(values: FileValues, shape: Shape, options: FromValuesOptions = {}): FileTensor {
  if (!ArrayBuffer.isView(values) || values instanceof DataView)
    throw new DTypeError(`fileTensor: expected a typed array, got ${showValue(values)}`);
  if (!Array.isArray(shape))
    throw new ShapeError(`fileTensor: expected a shape such as [2, 3], got ${showValue(shape)}`);
  const { dtype } = readOptions("fileTensor", options, { dtype: [dtypeOfArray(values)] });
  if (sizeOf(shape) !== values.length) {
    throw new ShapeError(`fileTensor: shape ${showShape(shape)} takes ${sizeOf(shape)} values, got ${values.length}`);
  }
  const natural = dtypeOfArray(values);
  const { encode } = layoutOf(dtype);
  const rounds = (dtype === "float16" || dtype === "bfloat16") && (natural === "float32" || natural === "float64");
  if (encode === null || (dtype !== natural && !rounds && !(dtype === "bool" && natural === "uint8"))) {
    throw new DTypeError(`fileTensor: an array of ${natural} cannot be stored as ${dtype}`);
  }
  const bytes = encode(values);
  const source = new MemorySource("values in memory", bytes, { budgetBytes: Infinity });
  const storage = new FileStorage({ source, label: "values", dtype, count: values.length });
  return new FileTensor(
    storage.locate({ byteLength: bytes.length, read: (start, length) => source.read(start, length) }),
    { shape },
  );
}
