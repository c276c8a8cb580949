import { FormatError, sizeOf, stridesOf } from "@tapegrad/tensor";
import { type FileDType, layoutOf, swapBytes } from "../io/file-dtype.ts";
import { FileStorage } from "../io/file-storage.ts";
import { FileTensor } from "../io/file-tensor.ts";
import { dtypeOfCode } from "../npy/npy-header.ts";
import { extents, PickleGlobal, type PickleHost, wrongCall } from "./pickle-global.ts";
import { Tuple } from "./torch-value.ts";

// numpy's numbers and arrays, which training scripts keep beside tensors: losses, best scores, the states of generators.

/** A `numpy.dtype` of numbers. Its byte order follows, in its state. */
export class NumpyDType {
  readonly dtype: FileDType;
  bigEndian = false;

  constructor(dtype: FileDType) {
    this.dtype = dtype;
  }
}

/** An array that `_reconstruct` has made and that has no state yet; what then takes its place is a `FileTensor`. */
export class UnfilledArray {
  /** Where the unpickler's memo holds it. */
  readonly places: number[] = [];
}

/** The class `numpy.ndarray`, named only as what `_reconstruct` makes. */
const ndarray = new PickleGlobal("numpy.ndarray", null);

/** What numpy 1 keeps in `numpy.core`, numpy 2 keeps in `numpy._core`. */
export const numpyGlobals: readonly PickleGlobal[] = [
  new PickleGlobal("numpy.dtype", makeDType),
  ndarray,
  ...["numpy.core", "numpy._core"].flatMap((module) => [
    new PickleGlobal(`${module}.multiarray.scalar`, makeScalar),
    new PickleGlobal(`${module}.multiarray._reconstruct`, reconstruct),
    new PickleGlobal(`${module}.numeric._frombuffer`, fromBuffer),
  ]),
];

/** `(code, align, copy)`. */
function makeDType([code, ...flags]: readonly unknown[], host: PickleHost): NumpyDType {
  if (typeof code !== "string" || flags.some((flag) => typeof flag !== "boolean" && typeof flag !== "number"))
    throw wrongCall(host, "numpy.dtype");
  const dtype = dtypeOfCode(code);
  if (dtype === null)
    throw new FormatError(
      host.file,
      `refused: numpy values of dtype ${JSON.stringify(code.slice(0, 40))} are not read`,
    );
  return new NumpyDType(dtype);
}

/** `(3, byte order, subtype, names, fields, item size, alignment, flags)`: of numbers, all but the byte order is the same. */
export function setDTypeState(target: NumpyDType, state: unknown, { file }: PickleHost): void {
  const [version, order, ...rest] = state instanceof Tuple ? state.items : [];
  const plain = rest.every((item) => item === null || typeof item === "number");
  if (typeof version !== "number" || typeof order !== "string" || !/^[<>|=]$/.test(order) || !plain)
    throw new FormatError(file, "its pickle has a numpy dtype that is not understood");
  target.bigEndian = order === ">";
}

/** `(dtype, bytes)`: a number, a bigint beyond 2^53, or a boolean. */
function makeScalar([type, bytes, ...rest]: readonly unknown[], host: PickleHost): number | bigint | boolean {
  if (!(type instanceof NumpyDType) || !(bytes instanceof Uint8Array) || rest.length > 0)
    throw wrongCall(host, "numpy's scalar");
  const layout = layoutOf(type.dtype);
  if (bytes.length !== layout.bytes)
    throw new FormatError(host.file, `its pickle has a numpy ${type.dtype} of ${bytes.length} bytes`);
  const raw = bytes.slice();
  if (type.bigEndian) swapBytes(raw, layout.bytes);
  const [value] = layout.decode(raw);
  if (type.dtype === "bool") return value === 1;
  return typeof value === "bigint" && Number.isSafeInteger(Number(value)) ? Number(value) : value!;
}

/** `(ndarray, shape, type code)`, neither of which matters: the state says what the array is. */
function reconstruct([type, ...rest]: readonly unknown[], host: PickleHost): UnfilledArray {
  if (type !== ndarray || rest.length !== 2) throw wrongCall(host, "numpy's _reconstruct");
  return new UnfilledArray();
}

/** The array whose state is `(1, shape, dtype, whether in Fortran's order, bytes)`. */
export function arrayOfState(state: unknown, host: PickleHost): FileTensor {
  const [version, shape, type, fortran, bytes, ...rest] = state instanceof Tuple ? state.items : ([] as unknown[]);
  if (version !== 1 || typeof fortran !== "boolean" || rest.length > 0)
    throw new FormatError(host.file, "its pickle has a numpy array that is not understood");
  return arrayOf(bytes, type, shape, fortran, host);
}

/** `(bytes, dtype, shape, "C" or "F")`, of protocol 5. */
function fromBuffer([bytes, type, shape, order, ...rest]: readonly unknown[], host: PickleHost): FileTensor {
  if ((order !== "C" && order !== "F") || rest.length > 0) throw wrongCall(host, "numpy's _frombuffer");
  return arrayOf(bytes, type, shape, order === "F", host);
}

/** A tensor whose bytes are those in the pickle. */
function arrayOf(bytes: unknown, type: unknown, shape: unknown, fortran: boolean, host: PickleHost): FileTensor {
  if (!(bytes instanceof Uint8Array) || !(type instanceof NumpyDType))
    throw new FormatError(host.file, "its pickle has a numpy array that is not understood");
  const { dtype, bigEndian } = type;
  const sizes = extents(host, shape);
  const count = sizes.some((size) => size < 0) ? -1 : sizeOf(sizes);
  const storage = new FileStorage({ source: host.source, label: "a numpy array", dtype, count, bigEndian });
  if (bytes.length !== storage.byteLength) {
    throw new FormatError(
      host.file,
      `its pickle has a numpy array of ${bytes.length} bytes, where ${count} ${dtype} take ${storage.byteLength}`,
    );
  }
  storage.locate({
    byteLength: bytes.length,
    read: async (start, length) => new Uint8Array(bytes.subarray(start, start + length)),
  });
  return new FileTensor(storage, {
    shape: sizes,
    stride: fortran ? stridesOf([...sizes].reverse()).reverse() : stridesOf(sizes),
  });
}
