import { FormatError, sizeOf, stridesOf } from "@tapegrad/tensor";
import { openSource } from "../byte-source.ts";
import type { ByteSource, FileInput } from "../byte-source.ts";
import { layoutOf } from "../file-dtype.ts";
import { FileStorage } from "../file-storage.ts";
import type { Region } from "../file-storage.ts";
import { FileTensor } from "../file-tensor.ts";
import { parseNpyHeader } from "./npy-header.ts";

const magic = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];
const largestHeader = 65_536;

/**
 * Reads an array that numpy saved: any number dtype, both byte orders, C and Fortran order. The values are read when
 * asked for, and come in row-major order.
 *
 * @throws FormatError if the file is damaged or holds anything but numbers; pickled objects are refused.
 * @see https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
 */
export async function readNpy(input: FileInput): Promise<FileTensor> {
  const source = await openSource(input);
  return readArray(source, "the array", {
    byteLength: source.size,
    read: (offset, length) => source.read(offset, length),
  });
}

/** Reads the header of an npy file that lies in a region of another. */
export async function readArray(source: ByteSource, label: string, region: Region): Promise<FileTensor> {
  const { header, dataStart } = await readHeader(source, label, region);
  const { dtype, bigEndian, fortranOrder, shape } = header;
  const count = sizeOf(shape);
  const byteLength = count * layoutOf(dtype).bytes;
  if (dataStart + byteLength !== region.byteLength) {
    throw new FormatError(
      source.name,
      `${label} needs ${byteLength} bytes for ${count} ${dtype}, the file has ${region.byteLength - dataStart}`,
    );
  }
  const storage = new FileStorage({ source, label, dtype, count, bigEndian });
  storage.locate({ byteLength, read: (offset, length) => region.read(dataStart + offset, length) });
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
  const start = await region.read(0, 12);
  if (!magic.every((byte, i) => start[i] === byte)) throw fail("is no npy file");
  const version = start[6]!;
  if (version < 1 || version > 3) throw fail(`has npy version ${version}; 1, 2 and 3 are read`);
  const view = new DataView(start.buffer);
  const [headerStart, headerSize] = version === 1 ? [10, view.getUint16(8, true)] : [12, view.getUint32(8, true)];
  if (headerSize > largestHeader) throw fail(`has a header of ${headerSize} bytes; at most ${largestHeader} are read`);
  if (headerStart + headerSize > region.byteLength) throw fail("is truncated within its header");
  const bytes = await region.read(headerStart, headerSize);
  return {
    header: parseNpyHeader(source.name, new TextDecoder("latin1").decode(bytes)),
    dataStart: headerStart + headerSize,
  };
}
