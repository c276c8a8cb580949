import { FormatError, sizeOf, stridesOf } from "@tapegrad/tensor";
import type { ByteSource } from "../io/byte-source.ts";
import { layoutOf } from "../io/file-dtype.ts";
import { FileStorage, type Region, regionOf } from "../io/file-storage.ts";
import { FileTensor } from "../io/file-tensor.ts";
import { type FileInput, openSource } from "../io/open-source.ts";
import { checkLimits, type ReadLimits } from "../io/read-limits.ts";
import { parseNpyHeader } from "./npy-header.ts";

const magic = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];
const largestHeader = 65_536;
/** Most headers are not longer: one read is enough. */
const usualHeader = 256;

/**
 * Reads an array that numpy saved: any number dtype, both byte orders, C and Fortran order. The values are read when
 * asked for, and come in row-major order.
 *
 * @throws FormatError if the file is damaged, holds anything but numbers (pickled objects are refused), or exceeds a limit.
 * @throws ValueError if a limit is no size.
 * @see https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
 */
export async function readNpy(input: FileInput, limits: ReadLimits = {}): Promise<FileTensor> {
  const source = await openSource(input, checkLimits("readNpy", limits));
  const array = await source.held(() => readArray(source, "the array", regionOf(source, "the array", 0, source.size)));
  if (array.dtype !== "unknown") return array;
  const pickled = array.dtypeName.endsWith('O"') ? ": it holds pickled objects" : "";
  throw new FormatError(source.name, `refused: arrays of dtype ${array.dtypeName} are not read${pickled}`);
}

/** Reads the header of an npy file that lies in a region of another. */
export async function readArray(source: ByteSource, label: string, region: Region): Promise<FileTensor> {
  const { header, dataStart } = await readHeader(source, label, region);
  const { dtype, descr, bigEndian, fortranOrder, shape } = header;
  const count = sizeOf(shape);
  const dataBytes = region.byteLength - dataStart;
  const elementBytes = dtype === "unknown" ? dataBytes / Math.max(1, count) : layoutOf(dtype).bytes;
  const byteLength = count * elementBytes;
  if (dtype !== "unknown" && byteLength !== dataBytes) {
    throw new FormatError(
      source.name,
      `${label} needs ${byteLength} bytes for ${count} ${dtype}, the file has ${dataBytes}`,
    );
  }
  const dtypeName = dtype === "unknown" ? JSON.stringify(descr.slice(0, 40)) : dtype;
  const storage = new FileStorage({ source, label, dtype, dtypeName, elementBytes, count, bigEndian });
  const { storedBytes } = region;
  storage.locate({ byteLength, storedBytes, read: (offset, length) => region.read(dataStart + offset, length) });
  return new FileTensor(storage, {
    shape,
    stride: fortranOrder ? stridesOf([...shape].reverse()).reverse() : stridesOf(shape),
  });
}

async function readHeader(
  source: ByteSource,
  label: string,
  region: Region,
): Promise<{ header: ReturnType<typeof parseNpyHeader>; dataStart: number }> {
  const fail = (problem: string): FormatError => new FormatError(source.name, `${label} ${problem}`);
  if (region.byteLength < 12) throw fail("is too short for an npy file");
  const start = await region.read(0, Math.min(usualHeader, region.byteLength));
  if (!magic.every((byte, i) => start[i] === byte)) throw fail("is no npy file");
  const version = start[6]!;
  if (version < 1 || version > 3) throw fail(`has npy version ${version}; 1, 2 and 3 are read`);
  const view = new DataView(start.buffer);
  const [headerStart, headerSize] = version === 1 ? [10, view.getUint16(8, true)] : [12, view.getUint32(8, true)];
  if (headerSize > largestHeader) throw fail(`has a header of ${headerSize} bytes; at most ${largestHeader} are read`);
  if (headerStart + headerSize > region.byteLength) throw fail("is truncated within its header");
  const dataStart = headerStart + headerSize;
  const bytes = dataStart <= start.length ? start : await region.read(0, dataStart);
  const text = new TextDecoder("latin1").decode(bytes.subarray(headerStart, dataStart));
  return { header: parseNpyHeader(source.name, text), dataStart };
}
