import type { Generator } from "@tapegrad/tensor";
import { zipSync } from "fflate";
import { int, npyOf, tensorOf, text } from "./checkpoint-bytes.ts";

// Files that are well formed as containers, and lie within or ask for much: each cheap to write, and dear to read if believed.

/** Sizes that fit, that do not, and that no memory could hold. */
function size(random: Generator): number | bigint {
  const sizes = [0, 1, 2, 3, 4, 64, 1000, 2 ** 20, 2 ** 24, 2 ** 31, 2 ** 40, 2 ** 52, 2n ** 63n - 1n, -1];
  return pick(random, sizes);
}

/** Random opcodes on what a pickle commonly has in hand, some of them over and over; without the final STOP. */
export function lyingPickle(random: Generator): Uint8Array {
  const many = (): number => pick(random, [1, 1, 2, 3, 10, 100, 1000, 20_000]);
  const parts: Uint8Array[] = [Uint8Array.of(0x80, 2, 0x28)];
  const pieces: (() => readonly number[])[] = [
    () =>
      pick(random, ["N", "]", "}", ")", "\x8f", "K\x07", "\x88", "0", "2", "1", "e", "u", "t", "\x91", "\x90", "b"])
        .split("")
        .flatMap(codes),
    () => codes(`q${String.fromCharCode(random.integer(4))}`),
    () => codes(`h${String.fromCharCode(random.integer(4))}`),
    () => codes(pick(random, ["\x85", "\x86", "\x87", "R", "\x81", "Q", "s", "a", "l", "d", "(", "\x94"])),
    () => text("k".repeat(random.integer(40))),
    () => int(size(random)),
    () => [0x8b, 0, 4, 0, 0, ...Array.from({ length: 1024 }, () => random.integer(256))],
    () =>
      codes(
        pick(random, ["ccollections\nOrderedDict\n)R", "c__builtin__\nset\n](K\x01K\x02e\x85R", "cnumpy\ndtype\n"]),
      ),
    () => [
      ...tensorOf({
        key: String(random.integer(3)),
        count: size(random),
        offset: random.integer(3),
        shape: sizes(random),
        stride: sizes(random),
      }),
    ],
    () => [...tensorOf({ key: "0", count: 25, shape: [1, 5, 5], stride: [0, 5, 1] })],
  ];
  for (let steps = 1 + random.integer(12); steps > 0; steps--) {
    const piece = pick(random, pieces)();
    const times = piece.length > 100 ? Math.min(1000, many()) : many();
    parts.push(Buffer.alloc(piece.length * times, Uint8Array.from(piece)));
  }
  return Buffer.concat([...parts, Uint8Array.from(codes("l"))]);
}

/** A safetensors header with any fields, sizes and depths, and some data. */
export function lyingSafetensors(random: Generator): Uint8Array {
  const count = pick(random, [1, 1, 2, 3, 2000]);
  // Many long values would take longer to write than to read.
  const longest = Math.ceil(100_000 / count);
  const nested = "[".repeat((random.integer(3) * longest) / 2);
  const value = (): string =>
    pick(random, [
      () => String(size(random)),
      () => JSON.stringify("x".repeat(random.integer(1000))),
      () => `${nested}${"]".repeat(nested.length)}`,
      () => `[${"[],".repeat(random.integer(longest))}[]]`,
      () => `[${sizes(random).join(",")}]`,
    ])();
  const entry = (): string => {
    const bytes = 4 * random.integer(4);
    if (random.integer(2) === 0) return `{"dtype":"F32","shape":[${bytes / 4}],"data_offsets":[0,${bytes}]}`;
    const type = pick(random, ["F32", "I64", "F8_E4M3", "F4", "BOOL", "none"]);
    return `{"dtype":"${type}","shape":[${sizes(random).join(",")}],"data_offsets":[0,${size(random)}],"more":${value()}}`;
  };
  const names = ["a", "a", "b", "__proto__", "__metadata__", "10", "2"];
  const fields = Array.from({ length: count }, (_, i) => {
    const name = count > 3 ? `t${i}` : pick(random, names);
    return `${JSON.stringify(name)}:${random.integer(8) === 0 ? value() : entry()}`;
  });
  const json = new TextEncoder().encode(`{${fields.join(",")}}`);
  const file = new Uint8Array(8 + json.length + 4 * random.integer(4));
  new DataView(file.buffer).setBigUint64(0, BigInt(json.length), true);
  file.set(json, 8);
  return file;
}

/** An npy file whose header says anything. */
export function lyingNpy(random: Generator): Uint8Array {
  const descr = pick(random, ["'<f4'", "'|O'", "'<U9'", "[('a', '<i4')]", "'", "['".repeat(20_000), "'>f8'"]);
  const space = " ".repeat(pick(random, [0, 1, 50_000]));
  const shape = `(${sizes(random).join(",")}${pick(random, [",", "", ",,"])})`;
  const header = `{'descr': ${descr},${space} 'fortran_order': ${pick(random, ["True", "False", "1"])}, 'shape': ${shape}, }${space}\n`;
  const file = new Uint8Array(12 + header.length + 4 * random.integer(5));
  file.set([0x93, ...codes("NUMPY"), 2, 0]);
  new DataView(file.buffer).setUint32(8, header.length, true);
  file.set(codes(header), 12);
  return file;
}

/** An archive of arrays that inflate well, whose directory may lie about sizes, places and names. */
export function lyingNpz(random: Generator): Uint8Array {
  const count = pick(random, [1, 2, 10, 300]);
  const zeros = npyOf(new Uint8Array(count > 10 ? 1000 : pick(random, [1, 1000, 2 ** 20])));
  const entries = Array.from(
    { length: count },
    (_, i) => [`${i}.npy`, i % 50 === 1 ? lyingNpy(random) : zeros] as const,
  );
  const file = zipSync(Object.fromEntries(entries), { level: random.integer(4) === 0 ? 0 : 9 });
  return lie(file, random);
}

/** Changes fields of an archive's directory, where they are. */
function lie(file: Uint8Array, random: Generator): Uint8Array {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const end = file.length - 22;
  const records: number[] = [];
  for (let at = view.getUint32(end + 16, true); at < end;) {
    records.push(at);
    at += 46 + view.getUint16(at + 28, true) + view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
  }
  for (let times = random.integer(4); times > 0; times--) {
    const [record, other] = [pick(random, records), pick(random, records)];
    const field = pick(random, [8, 10, 16, 20, 24, 42]);
    const lies = [0, 1, 8, 100, 2 ** 26, 2 ** 31, 2 ** 32 - 1, view.getUint32(other + field, true)];
    if (field < 16) view.setUint16(record + field, pick(random, lies) & 0xffff, true);
    else view.setUint32(record + field, pick(random, lies), true);
  }
  return file;
}

function sizes(random: Generator): (number | bigint)[] {
  const rank = pick(random, [0, 1, 1, 2, 3, 24, 64, 65]);
  return Array.from({ length: rank }, () => (rank > 3 ? 1 + random.integer(2) : size(random)));
}

function pick<T>(random: Generator, choices: readonly T[]): T {
  return choices[random.integer(choices.length)]!;
}

function codes(value: string): number[] {
  return Array.from(value, (character) => character.charCodeAt(0));
}
