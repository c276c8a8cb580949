import { contentOf } from "../src/io/content.ts";
import { collectBytes } from "../src/io/sink.ts";
import { ZipWriter } from "../src/zip/zip-writer.ts";

/** A part of a pickle: text as it is, numbers as bytes. */
export type PicklePart = string | number | readonly number[] | Uint8Array;

/** The bytes of a pickle written by hand, without the final STOP. */
export function pickleOf(...parts: readonly PicklePart[]): Uint8Array {
  const bytes = parts.flatMap((part) => {
    if (typeof part === "string") return [...new TextEncoder().encode(part)];
    return typeof part === "number" ? [part] : [...part];
  });
  return Uint8Array.from([0x80, 2, ...bytes]);
}

/** A text in a pickle. */
export function text(value: string): number[] {
  const utf8 = new TextEncoder().encode(value);
  return [0x58, utf8.length & 255, (utf8.length >> 8) & 255, 0, 0, ...utf8];
}

/** An integer in a pickle, of any 64-bit value. */
export function int(value: bigint | number): number[] {
  const bits = BigInt.asUintN(64, BigInt(value));
  return [0x8a, 8, ...Array.from({ length: 8 }, (_, i) => Number((bits >> BigInt(8 * i)) & 0xffn))];
}

/** What a tensor in a pickle is made of. */
export interface HandTensor {
  readonly storage?: string;
  readonly key?: string;
  readonly count?: number | bigint;
  readonly offset?: number | bigint;
  readonly shape?: readonly (number | bigint)[];
  readonly stride?: readonly (number | bigint)[];
}

/** A tensor in a pickle: one float32 in storage "0", unless said otherwise. */
export function tensorOf({
  storage = "FloatStorage",
  key = "0",
  count = 1,
  offset = 0,
  shape = [1],
  stride = [1],
}: HandTensor = {}): Uint8Array {
  return pickleOf(
    "ctorch._utils\n_rebuild_tensor_v2\n((",
    text("storage"),
    `ctorch\n${storage}\n`,
    text(key),
    text("cpu"),
    int(count),
    "tQ",
    int(offset),
    "(",
    shape.flatMap(int),
    "t(",
    stride.flatMap(int),
    "t",
    0x89,
    "ccollections\nOrderedDict\n)RtR",
  ).slice(2);
}

/** A zip checkpoint of a pickle (STOP is added) and the data of its storages. */
export function zipCheckpoint(
  pickle: Uint8Array,
  storages: Readonly<Record<string, Uint8Array>> = { 0: new Uint8Array(4) },
): Promise<Uint8Array> {
  return collectBytes(async (sink) => {
    const zip = new ZipWriter(sink);
    await zip.add("archive/data.pkl", contentOf(pickle, Uint8Array.of(0x2e)));
    for (const [key, bytes] of Object.entries(storages)) await zip.add(`archive/data/${key}`, contentOf(bytes));
    await zip.finish();
  });
}

/** A legacy checkpoint: magic number, version, system, the pickle, storage keys, then whatever follows. */
export function legacyCheckpoint(pickle: Uint8Array, keys: readonly string[], after: Uint8Array): Uint8Array {
  const magic = [0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19];
  return Buffer.concat([
    pickleOf(magic, "."),
    pickleOf([0x4d, 0xe9, 0x03], "."),
    pickleOf("}."),
    pickle,
    Uint8Array.of(0x2e),
    pickleOf("](", keys.flatMap(text), "e."),
    after,
  ]);
}

/** An npy file of bytes. */
export function npyOf(bytes: Uint8Array): Uint8Array {
  const dict = `{'descr': '|u1', 'fortran_order': False, 'shape': (${bytes.length},), }`.padEnd(117);
  const file = new Uint8Array(128 + bytes.length);
  file.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, 118, 0, ...new TextEncoder().encode(`${dict}\n`)]);
  file.set(bytes, 128);
  return file;
}

export function npyOfZeros(count: number): Uint8Array {
  return npyOf(new Uint8Array(count));
}
