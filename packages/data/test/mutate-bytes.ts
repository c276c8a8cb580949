import { crc32 } from "./png-chunk.ts";

/** One change to a file. Positions and lengths are parts of its size. */
export interface Edit {
  readonly kind: "byte" | "insert" | "remove" | "repeat" | "cut" | "number";
  /** From 0 to 1. */
  readonly at: number;
  /** From 0 to 1. */
  readonly amount: number;
  readonly value: number;
}

export const editKinds: readonly Edit["kind"][] = ["byte", "insert", "remove", "repeat", "cut", "number"];

/** Numbers on which readers stumble, as 32 bits. */
const awkward = [0, 1, 0x7f, 0xff, 0x100, 0x7fff, 0xffff, 0x10000, 0x7fffffff, 0x80000000, 0xffffffff];

export function mutate(bytes: Uint8Array, edits: readonly Edit[]): Uint8Array {
  return edits.reduce(applyEdit, bytes);
}

function applyEdit(bytes: Uint8Array, { kind, at, amount, value }: Edit): Uint8Array {
  const from = Math.min(bytes.length, Math.floor(at * (bytes.length + 1)));
  const end = Math.min(bytes.length, from + 1 + Math.floor(amount * amount * 64));
  const [head, part, tail] = [bytes.subarray(0, from), bytes.subarray(from, end), bytes.subarray(end)];
  switch (kind) {
    case "byte":
      return join(
        head,
        part.map((byte, i) => (i === 0 ? byte ^ (value & 255 || 1) : byte)),
        tail,
      );
    case "insert":
      return join(head, Uint8Array.of(value & 255, value >>> 8), part, tail);
    case "remove":
      return join(head, tail);
    case "repeat":
      return join(head, part, part, part, tail);
    case "cut":
      return bytes.slice(0, from);
    case "number": {
      const number = awkward[value % awkward.length]!;
      const field = amount < 0.5 ? [number >>> 8, number] : [number >>> 24, number >>> 16, number >>> 8, number];
      return join(
        head,
        Uint8Array.from(field, (byte) => byte & 255),
        bytes.subarray(Math.min(bytes.length, from + field.length)),
      );
    }
  }
}

function join(...parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(Buffer.concat(parts));
}

/** A PNG whose chunks all have right checksums, so that damage reaches what lies behind them. */
export function repairChecksums(bytes: Uint8Array): Uint8Array {
  const repaired = bytes.slice();
  const view = new DataView(repaired.buffer);
  for (let at = 8; at + 12 <= repaired.length;) {
    const end = at + 8 + view.getUint32(at);
    if (end + 4 > repaired.length) break;
    view.setUint32(end, crc32(repaired.subarray(at + 4, end)));
    at = end + 4;
  }
  return repaired;
}
