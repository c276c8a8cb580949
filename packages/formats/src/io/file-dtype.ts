import type { Bytes } from "./bytes.ts";
import { float8ToNumber } from "./float8.ts";
import { float16ToNumber, numberToBfloat16, numberToFloat16 } from "./half.ts";

/**
 * Element types that files hold. Devices hold float32 and int32 only. `unknown` is one that is not read here: such a tensor
 * has a shape and bytes, but no values.
 */
export type FileDType =
  | "float8_e4m3fn"
  | "float8_e5m2"
  | "float16"
  | "bfloat16"
  | "float32"
  | "float64"
  | "int8"
  | "int16"
  | "int32"
  | "int64"
  | "uint8"
  | "uint16"
  | "uint32"
  | "uint64"
  | "bool"
  | "unknown";

/** What the values of a file's tensor come as. */
export type FileValues =
  | ReturnType<Float32ArrayConstructor["of"]>
  | ReturnType<Float64ArrayConstructor["of"]>
  | ReturnType<Int8ArrayConstructor["of"]>
  | ReturnType<Int16ArrayConstructor["of"]>
  | ReturnType<Int32ArrayConstructor["of"]>
  | ReturnType<BigInt64ArrayConstructor["of"]>
  | Bytes
  | ReturnType<Uint16ArrayConstructor["of"]>
  | ReturnType<Uint32ArrayConstructor["of"]>
  | ReturnType<BigUint64ArrayConstructor["of"]>;

/** Elements that can be moved without changing a bit. */
export type Elements = Exclude<FileValues, Float32Array | Float64Array>;

/** How a dtype lies in memory and in JavaScript. */
export interface Layout {
  /** Bytes of an element. */
  readonly bytes: 1 | 2 | 4 | 8;
  /** The elements as JavaScript sees them: 8-bit and 16-bit floats as float32, all else as they are, without copying. */
  decode(bytes: Bytes): FileValues;
  /** The bytes of values that `decode` could have given; null if such values are only read. */
  readonly encode: ((values: FileValues) => Bytes) | null;
}

/** Views bytes as elements, and elements as bytes. */
function plain<A extends FileValues>(
  bytes: 1 | 2 | 4 | 8,
  view: new (buffer: ArrayBuffer, offset: number, length: number) => A,
): Layout {
  return {
    bytes,
    decode: (raw) => new view(raw.buffer, raw.byteOffset, raw.byteLength / bytes),
    encode: (values) => new Uint8Array(values.buffer, values.byteOffset, values.byteLength),
  };
}

/** Floats of 8 or 16 bits: a table holds the value of each. */
function narrow(bytes: 1 | 2, toNumber: (bits: number) => number, toBits?: (value: number) => number): Layout {
  let table: Float32Array | null = null;
  return {
    bytes,
    decode: (raw) => {
      table ??= Float32Array.from({ length: 256 ** bytes }, (_, bits) => toNumber(bits));
      const bits = elementsOf(raw, bytes) as Uint8Array | Uint16Array;
      const values = new Float32Array(bits.length);
      for (let i = 0; i < bits.length; i++) values[i] = table[bits[i]!]!;
      return values;
    },
    encode: toBits === undefined ? null : (values) => roundedTo16(values, toBits),
  };
}

function roundedTo16(values: FileValues, toBits: (value: number) => number): Bytes {
  const bits = new Uint16Array(values.length);
  for (let i = 0; i < bits.length; i++) bits[i] = toBits(Number(values[i]));
  return new Uint8Array(bits.buffer);
}

/** The upper half of a float32: its bits are moved, so that NaNs stay the same ones. */
function decodeBfloat16(raw: Bytes): ReturnType<Float32ArrayConstructor["of"]> {
  const upper = new Uint16Array(raw.buffer, raw.byteOffset, raw.byteLength / 2);
  const bits = new Uint32Array(upper.length);
  for (let i = 0; i < bits.length; i++) bits[i] = upper[i]! << 16;
  return new Float32Array(bits.buffer);
}

const layouts: Readonly<Record<FileDType, Layout>> = {
  float8_e4m3fn: narrow(1, (bits) => float8ToNumber(bits, "e4m3fn")),
  float8_e5m2: narrow(1, (bits) => float8ToNumber(bits, "e5m2")),
  float16: narrow(2, float16ToNumber, numberToFloat16),
  bfloat16: { bytes: 2, decode: decodeBfloat16, encode: (values) => roundedTo16(values, numberToBfloat16) },
  float32: plain(4, Float32Array<ArrayBuffer>),
  float64: plain(8, Float64Array<ArrayBuffer>),
  int8: plain(1, Int8Array<ArrayBuffer>),
  int16: plain(2, Int16Array<ArrayBuffer>),
  int32: plain(4, Int32Array<ArrayBuffer>),
  int64: plain(8, BigInt64Array<ArrayBuffer>),
  uint8: plain(1, Uint8Array<ArrayBuffer>),
  uint16: plain(2, Uint16Array<ArrayBuffer>),
  uint32: plain(4, Uint32Array<ArrayBuffer>),
  uint64: plain(8, BigUint64Array<ArrayBuffer>),
  bool: {
    bytes: 1,
    decode: (raw) => raw.map((value) => (value === 0 ? 0 : 1)),
    encode: (values) => Uint8Array.from(values as ArrayLike<number | bigint>, (value) => (Number(value) === 0 ? 0 : 1)),
  },
  unknown: plain(1, Uint8Array<ArrayBuffer>),
};

/** Bytes, decoding and encoding of a dtype. */
export function layoutOf(dtype: FileDType): Layout {
  return layouts[dtype];
}

const floats: ReadonlySet<FileDType> = new Set([
  "float8_e4m3fn",
  "float8_e5m2",
  "float16",
  "bfloat16",
  "float32",
  "float64",
]);

/** Whether the elements are floating-point numbers of any width. */
export function isFloating(dtype: FileDType): boolean {
  return floats.has(dtype);
}

/** Raw bytes as elements of `bytes` bytes each, whatever they mean: for moving them about. */
export function elementsOf(raw: Bytes, bytes: 1 | 2 | 4 | 8): Elements {
  switch (bytes) {
    case 1:
      return new Uint8Array(raw.buffer, raw.byteOffset, raw.byteLength);
    case 2:
      return new Uint16Array(raw.buffer, raw.byteOffset, raw.byteLength / 2);
    case 4:
      return new Uint32Array(raw.buffer, raw.byteOffset, raw.byteLength / 4);
    case 8:
      return new BigUint64Array(raw.buffer, raw.byteOffset, raw.byteLength / 8);
  }
}

/** Reverses the bytes of every element, in place: big-endian to little-endian and back. */
export function swapBytes(raw: Uint8Array, bytes: number): void {
  for (let start = 0; start + bytes <= raw.length; start += bytes) {
    for (let low = start, high = start + bytes - 1; low < high; low++, high--) {
      const byte = raw[low]!;
      raw[low] = raw[high]!;
      raw[high] = byte;
    }
  }
}

/** The dtype whose values a typed array holds by nature. */
export function dtypeOfArray(values: FileValues): FileDType {
  if (values instanceof Float32Array) return "float32";
  if (values instanceof Float64Array) return "float64";
  if (values instanceof Int8Array) return "int8";
  if (values instanceof Int16Array) return "int16";
  if (values instanceof Int32Array) return "int32";
  if (values instanceof BigInt64Array) return "int64";
  if (values instanceof Uint8Array) return "uint8";
  if (values instanceof Uint16Array) return "uint16";
  if (values instanceof Uint32Array) return "uint32";
  return "uint64";
}
