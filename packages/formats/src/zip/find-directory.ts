import { FormatError } from "@tapegrad/tensor";
import type { ByteSource } from "../io/byte-source.ts";

/** Where the central directory of an archive lies. */
export interface DirectorySpan {
  readonly offset: number;
  readonly size: number;
  readonly entries: number;
}

/**
 * Finds the central directory through the record at the end of the file, and through its zip64 counterpart if a field
 * of it is saturated.
 *
 * @throws FormatError if there is none, or the archive is split or cut off.
 */
export async function findDirectory(source: ByteSource): Promise<DirectorySpan> {
  const tailStart = Math.max(0, source.size - 22 - 0xffff);
  const tail = new DataView((await source.read(tailStart, source.size - tailStart)).buffer);
  for (let at = tail.byteLength - 22; at >= 0; at--) {
    if (tail.getUint32(at, true) !== 0x06054b50 || at + 22 + tail.getUint16(at + 20, true) !== tail.byteLength)
      continue;
    return checkSpan(source, tailStart + at, await readEnd(source, tail, at, tailStart));
  }
  throw new FormatError(source.name, "truncated: its zip directory is missing");
}

async function readEnd(source: ByteSource, tail: DataView, at: number, tailStart: number): Promise<DirectorySpan> {
  const [disk, firstDisk, here, entries] = [4, 6, 8, 10].map((field) => tail.getUint16(at + field, true)) as [
    number,
    number,
    number,
    number,
  ];
  const size = tail.getUint32(at + 12, true);
  const offset = tail.getUint32(at + 16, true);
  if (entries === 0xffff || size === 0xffffffff || offset === 0xffffffff) return readZip64End(source, tailStart + at);
  if (disk !== 0 || firstDisk !== 0 || here !== entries)
    throw new FormatError(source.name, "is one volume of a split zip archive");
  return { offset, size, entries };
}

async function readZip64End(source: ByteSource, end: number): Promise<DirectorySpan> {
  const fail = (problem: string): FormatError => new FormatError(source.name, `its zip64 directory ${problem}`);
  if (end < 20) throw fail("is missing");
  const locator = new DataView((await source.read(end - 20, 20)).buffer);
  if (locator.getUint32(0, true) !== 0x07064b50) throw fail("is missing");
  const recordAt = safe(locator.getBigUint64(8, true), fail);
  if (recordAt + 56 > end - 20) throw fail("lies outside the file");
  const record = new DataView((await source.read(recordAt, 56)).buffer);
  if (record.getUint32(0, true) !== 0x06064b50) throw fail("is missing");
  if (record.getUint32(16, true) !== 0 || record.getUint32(20, true) !== 0)
    throw new FormatError(source.name, "is one volume of a split zip archive");
  const [entries, size, offset] = [32, 40, 48].map((field) => safe(record.getBigUint64(field, true), fail)) as [
    number,
    number,
    number,
  ];
  return { offset, size, entries };
}

function safe(value: bigint, fail: (problem: string) => FormatError): number {
  const number = Number(value);
  if (!Number.isSafeInteger(number)) throw fail(`has an impossible field, ${value}`);
  return number;
}

function checkSpan(source: ByteSource, end: number, span: DirectorySpan): DirectorySpan {
  if (span.offset + span.size <= end) return span;
  throw new FormatError(
    source.name,
    `truncated: its zip directory should take bytes ${span.offset} to ${span.offset + span.size} of ${source.size}`,
  );
}
