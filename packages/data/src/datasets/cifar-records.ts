import { FormatError, ValueError } from "@tapegrad/tensor";
import { checkString, showValue } from "@tapegrad/tensor/internal";

/** Bytes of a picture, `[3, 32, 32]`. */
export const PICTURE_BYTES: number = 3 * 32 * 32;

/** What there is of a kind of record: a byte for each kind of label, then the picture. */
export interface RecordFormat {
  /** What errors call the data. */
  readonly title: string;
  /** The kinds of labels, with the number of classes of each. */
  readonly labels: readonly (readonly [kind: string, classes: number])[];
}

/** The bytes of a file of records, taken apart. */
export interface Records {
  readonly images: Uint8Array;
  /** For each kind of label, that of each picture. */
  readonly labels: readonly Uint8Array[];
}

/** @throws FormatError naming the file, if it does not consist of whole records or a label is none. */
export function parseRecords(op: string, bytes: unknown, name: string, format: RecordFormat): Records {
  if (!(bytes instanceof Uint8Array)) throw new ValueError(`${op}: expected bytes, got ${showValue(bytes)}`);
  checkString(op, "name", name);
  const kinds = format.labels.length;
  const recordBytes = kinds + PICTURE_BYTES;
  const count = bytes.length / recordBytes;
  if (bytes.length === 0 || !Number.isInteger(count)) {
    throw new FormatError(
      name,
      `truncated: expected records of ${recordBytes} bytes, got ${bytes.length} bytes (${count.toFixed(2)} records)`,
    );
  }
  const images = new Uint8Array(count * PICTURE_BYTES);
  const labels = format.labels.map(() => new Uint8Array(count));
  for (let i = 0; i < count; i++) {
    const at = i * recordBytes;
    format.labels.forEach(([kind, classes], k) => {
      const label = bytes[at + k]!;
      if (label >= classes)
        throw new FormatError(name, `${kind} of record ${i} is ${label}, expected 0 to ${classes - 1}`);
      labels[k]![i] = label;
    });
    images.set(bytes.subarray(at + kinds, at + recordBytes), i * PICTURE_BYTES);
  }
  return { images, labels };
}

/** The records of a file; Node only. @throws FormatError naming the file that is missing or damaged. */
export async function readRecords(
  op: string,
  folder: string,
  file: string,
  format: RecordFormat,
  most: number,
): Promise<Records> {
  const { join } = process.getBuiltinModule("node:path");
  const { readFileBounded } = await import("../files/read-file-bounded.ts");
  const path = join(folder, file);
  return parseRecords(op, readFileBounded(path, most * (format.labels.length + PICTURE_BYTES)), path, format);
}

/** Records one after another. */
export function joinRecords(parts: readonly Records[]): Records {
  const join = (arrays: readonly Uint8Array[]): Uint8Array => {
    const all = new Uint8Array(arrays.reduce((total, { length }) => total + length, 0));
    let at = 0;
    for (const array of arrays) {
      all.set(array, at);
      at += array.length;
    }
    return all;
  };
  return {
    images: join(parts.map(({ images }) => images)),
    labels: parts[0]!.labels.map((_, kind) => join(parts.map(({ labels }) => labels[kind]!))),
  };
}
