import { FormatError } from "@tapegrad/tensor";
import type { ByteSource } from "../io/byte-source.ts";
import type { Bytes } from "../io/bytes.ts";
import { costOfByte, freeRatio } from "../io/read-limits.ts";
import { type DirectorySpan, findDirectory } from "./find-directory.ts";
import { type EntryRecord, ZipEntry } from "./zip-entry.ts";

/** How an archive is read. */
export interface ZipOptions {
  /** Whether entries that are read to their end must match their checksum. PyTorch can write files without. */
  readonly verifyChecksums: boolean;
}

/** Deflate cannot do better. */
const bestRatio = 1032;
/** Bytes of memory that an entry takes beside its name. */
const costOfEntry = 768;

const signatures = { local: 0x04034b50, directory: 0x02014b50 };

/**
 * Reads the directory of a zip archive; entries are read when they are asked for.
 *
 * Stored and deflated entries, data descriptors and zip64 are understood. Why not a library: checkpoints hold tensors of
 * hundreds of megabytes that must be read in part, and come from anywhere, so that everything the directory says is
 * checked here: sizes against the file, entries against each other.
 *
 * @throws FormatError if the archive is damaged, encrypted, split or hostile: entries twice, overlapping, or inflating
 *   beyond measure.
 */
export async function readZip(source: ByteSource, options: ZipOptions): Promise<Map<string, ZipEntry>> {
  const span = await findDirectory(source);
  source.budget.spend(span.size, "its zip directory");
  const records = parseDirectory(source, span, await source.read(span.offset, span.size));
  const entries = new Map<string, ZipEntry>();
  for (const { record, limit } of withoutOverlap(source, records, span.offset)) {
    if (entries.has(record.name)) throw new FormatError(source.name, `zip entry ${record.name} comes twice`);
    checkEntry(source, record);
    const find = (): Promise<number> => locate(source, record, limit);
    entries.set(record.name, new ZipEntry(source, record, find, options.verifyChecksums));
  }
  return entries;
}

/** An entry as the central directory describes it. */
interface DirectoryRecord extends EntryRecord {
  readonly nameBytes: number;
  readonly flags: number;
  readonly method: number;
  readonly localOffset: number;
}

function parseDirectory(source: ByteSource, { entries }: DirectorySpan, bytes: Bytes): DirectoryRecord[] {
  const view = new DataView(bytes.buffer);
  const records: DirectoryRecord[] = [];
  let at = 0;
  while (at < bytes.length) {
    if (at + 46 > bytes.length || view.getUint32(at, true) !== signatures.directory) {
      throw new FormatError(source.name, `its zip directory is damaged at byte ${at}`);
    }
    const [nameBytes, extraBytes, commentBytes] = [28, 30, 32].map((field) => view.getUint16(at + field, true)) as [
      number,
      number,
      number,
    ];
    const end = at + 46 + nameBytes + extraBytes + commentBytes;
    if (end > bytes.length) throw new FormatError(source.name, `its zip directory is cut off at byte ${at}`);
    const name = decodeName(source, bytes.subarray(at + 46, at + 46 + nameBytes));
    const extra = new DataView(bytes.buffer, at + 46 + nameBytes, extraBytes);
    const sizes = [at + 24, at + 20, at + 42].map((field) => view.getUint32(field, true));
    const [size, compressedSize, localOffset] = widen(source, name, sizes, extra) as [number, number, number];
    if (view.getUint16(at + 34, true) !== 0)
      throw new FormatError(source.name, `zip entry ${name} lies in another volume; split archives are not read`);
    source.budget.spend(costOfEntry + 2 * nameBytes, `zip entry ${name}`);
    const method = view.getUint16(at + 10, true);
    records.push({
      name,
      nameBytes,
      flags: view.getUint16(at + 8, true),
      method,
      deflated: method === 8,
      checksum: view.getUint32(at + 16, true),
      compressedSize,
      size,
      localOffset,
    });
    at = end;
  }
  if (records.length !== entries)
    throw new FormatError(source.name, `its zip directory announces ${entries} entries and has ${records.length}`);
  return records;
}

/** Replaces saturated 32-bit fields by those of the zip64 extra field, which lists only them, in this order. */
function widen(source: ByteSource, name: string, fields: readonly number[], extra: DataView): number[] {
  if (!fields.includes(0xffffffff)) return [...fields];
  const zip64 = findExtra(extra, 0x0001);
  let at = 0;
  return fields.map((field) => {
    if (field !== 0xffffffff) return field;
    if (zip64 === null || at + 8 > zip64.byteLength)
      throw new FormatError(source.name, `zip entry ${name} lacks its 64-bit sizes`);
    const wide = Number(zip64.getBigUint64(at, true));
    at += 8;
    if (!Number.isSafeInteger(wide))
      throw new FormatError(source.name, `zip entry ${name} has an impossible size or offset, ${wide}`);
    return wide;
  });
}

function findExtra(extra: DataView, id: number): DataView | null {
  for (let at = 0; at + 4 <= extra.byteLength;) {
    const length = extra.getUint16(at + 2, true);
    if (at + 4 + length > extra.byteLength) return null;
    if (extra.getUint16(at, true) === id) return new DataView(extra.buffer, extra.byteOffset + at + 4, length);
    at += 4 + length;
  }
  return null;
}

/** The records in the order of the file, each with the offset that it must not reach beyond. */
function withoutOverlap(
  source: ByteSource,
  records: readonly DirectoryRecord[],
  directoryOffset: number,
): { record: DirectoryRecord; limit: number }[] {
  const ordered = [...records].sort((a, b) => a.localOffset - b.localOffset);
  return ordered.map((record, i) => {
    const limit = ordered[i + 1]?.localOffset ?? directoryOffset;
    if (record.localOffset + 30 + record.nameBytes + record.compressedSize > limit) {
      const other = i + 1 < ordered.length ? `zip entry ${ordered[i + 1]!.name}` : "the zip directory";
      throw new FormatError(source.name, `zip entry ${record.name} is truncated or overlaps ${other}`);
    }
    return { record, limit };
  });
}

function checkEntry(source: ByteSource, { name, flags, method, compressedSize, size }: DirectoryRecord): void {
  const refuse = (problem: string): FormatError => new FormatError(source.name, `zip entry ${name} ${problem}`);
  if (flags & 0x2041) throw refuse("is encrypted");
  if (method !== 0 && method !== 8)
    throw refuse(`is compressed by method ${method}; only stored and deflated ones are read`);
  if (method === 0 && compressedSize !== size) throw refuse(`is stored, yet has ${compressedSize} bytes of ${size}`);
  if (method === 8 && size > bestRatio * compressedSize + 64)
    throw refuse(`cannot inflate from ${compressedSize} to ${size} bytes`);
  if (method === 8)
    source.budget.spend(
      costOfByte * Math.max(0, size - freeRatio * compressedSize),
      `what zip entry ${name} inflates to`,
    );
}

/** Where the data of an entry begins: after its local header, whose name must be that of the directory. */
async function locate(
  source: ByteSource,
  { name, nameBytes, localOffset, compressedSize }: DirectoryRecord,
  limit: number,
): Promise<number> {
  const bytes = await source.read(localOffset, 30 + nameBytes);
  const header = new DataView(bytes.buffer);
  const begins = header.getUint32(0, true) === signatures.local && header.getUint16(26, true) === nameBytes;
  if (!begins || decodeName(source, bytes.subarray(30)) !== name) {
    throw new FormatError(source.name, `zip entry ${name} is not at byte ${localOffset}, where the directory says`);
  }
  const start = localOffset + 30 + nameBytes + header.getUint16(28, true);
  if (start + compressedSize > limit)
    throw new FormatError(source.name, `zip entry ${name} is truncated or overlaps what follows`);
  return start;
}

function decodeName(source: ByteSource, bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new FormatError(source.name, "a zip entry's name is not UTF-8", { cause });
  }
}
