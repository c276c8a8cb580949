import type { Generator } from "@tapegrad/tensor";

/** Integers at which parsers break. */
const edges = [
  0n,
  1n,
  -1n,
  127n,
  128n,
  255n,
  256n,
  32767n,
  65535n,
  65536n,
  2n ** 31n - 1n,
  2n ** 31n,
  2n ** 32n - 1n,
  2n ** 53n,
  2n ** 62n,
  2n ** 63n - 1n,
  -(2n ** 63n),
];

/**
 * A copy of a file with one thing wrong with it, or up to four: bits flipped, bytes overwritten, repeated, dropped or cut off,
 * numbers replaced by those at which parsers break, pieces of `other` laid over it or spliced in.
 */
export function mutateFile(file: Uint8Array, other: Uint8Array, random: Generator): Uint8Array {
  let bytes = Uint8Array.from(file);
  for (let times = 1 + random.integer(2) * random.integer(4); times > 0; times--)
    bytes = mutations[random.integer(mutations.length)]!(bytes, other, random);
  return bytes;
}

type Mutation = (bytes: Uint8Array<ArrayBuffer>, other: Uint8Array, random: Generator) => Uint8Array<ArrayBuffer>;

const mutations: readonly Mutation[] = [
  function flipBit(bytes, _, random) {
    if (bytes.length > 0) bytes[random.integer(bytes.length)]! ^= 1 << random.integer(8);
    return bytes;
  },
  function overwriteByte(bytes, _, random) {
    if (bytes.length > 0) bytes[random.integer(bytes.length)] = random.integer(256);
    return bytes;
  },
  function writeEdge(bytes, _, random) {
    const width = [1, 2, 4, 8][random.integer(4)]!;
    const edge = edges[random.integer(edges.length)]!;
    const at = random.integer(Math.max(1, bytes.length - width));
    for (let i = 0; i < width && at + i < bytes.length; i++) bytes[at + i] = Number((edge >> BigInt(8 * i)) & 255n);
    return bytes;
  },
  function truncate(bytes, _, random) {
    return bytes.slice(0, random.integer(bytes.length + 1));
  },
  function drop(bytes, _, random) {
    const at = random.integer(bytes.length + 1);
    return join(bytes.subarray(0, at), bytes.subarray(at + random.integer(16)));
  },
  function repeat(bytes, _, random) {
    const at = random.integer(bytes.length + 1);
    const end = Math.min(bytes.length, at + random.integer(64));
    return join(bytes.subarray(0, end), bytes.subarray(at));
  },
  function splice(bytes, other, random) {
    const at = random.integer(bytes.length + 1);
    const from = random.integer(other.length + 1);
    return join(bytes.subarray(0, at), other.subarray(from, from + random.integer(64)), bytes.subarray(at));
  },
  function overlay(bytes, other, random) {
    const from = random.integer(other.length + 1);
    const piece = other.subarray(from, from + random.integer(64));
    const at = random.integer(bytes.length + 1);
    bytes.set(piece.subarray(0, bytes.length - at), at);
    return bytes;
  },
];

function join(...pieces: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(pieces.reduce((size, piece) => size + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}
