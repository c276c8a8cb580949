/** A Huffman code, ready to be read. */
export interface HuffmanTable {
  /**
   * For each sequence of `LOOK_AHEAD` bits: `length << 8 | symbol` of the code that it begins with, or 0 if that code
   * is longer.
   */
  readonly short: Uint16Array;
  /** For each length: one more than the largest code of up to that length, as the upper bits of 16. */
  readonly limits: Int32Array;
  /** For each length: what is added to a code to find the position of its symbol. */
  readonly offsets: Int32Array;
  readonly symbols: Uint8Array;
}

export const LOOK_AHEAD = 9;

/**
 * The table of a code with `counts[i]` words of `i + 1` bits, or null if so many words do not fit.
 *
 * @see ITU-T T.81, annex C
 */
export function makeHuffmanTable(counts: Uint8Array, symbols: Uint8Array): HuffmanTable | null {
  const short = new Uint16Array(1 << LOOK_AHEAD);
  const limits = new Int32Array(18);
  const offsets = new Int32Array(18);
  let code = 0;
  let at = 0;
  for (let length = 1; length <= 16; length++, code <<= 1) {
    offsets[length] = at - code;
    for (let i = 0; i < counts[length - 1]!; i++, code++, at++) {
      if (length > LOOK_AHEAD) continue;
      const shift = LOOK_AHEAD - length;
      const entry = (length << 8) | symbols[at]!;
      for (let next = code << shift; next < (code + 1) << shift; next++) short[next] = entry;
    }
    if (code > 1 << length) return null;
    limits[length] = code << (16 - length);
  }
  limits[17] = 2 ** 30;
  return { short, limits, offsets, symbols };
}
