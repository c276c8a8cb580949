/**
 * Unpacks raw deflate (RFC 1951) into an array that it fills exactly. For the kernels in this package, which are packed when
 * it is built; so it checks nothing. Synchronous, unlike `DecompressionStream`: an op computes at once.
 */
export function inflate(packed: Uint8Array, size: number): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(size);
  let filled = 0;
  let bit = 0;
  const read = (count: number): number => {
    let value = 0;
    for (let i = 0; i < count; i++, bit++) value |= ((packed[bit >> 3]! >> (bit & 7)) & 1) << i;
    return value;
  };
  /** Reads one symbol, bit by bit: codes of one length follow each other, and those of the next length follow these. */
  const decode = ({ counts, symbols }: Code): number => {
    for (let length = 1, code = 0, first = 0, index = 0; ; length++) {
      code |= read(1);
      const count = counts[length]!;
      if (code - first < count) return symbols[index + code - first]!;
      index += count;
      first = (first + count) << 1;
      code <<= 1;
    }
  };
  for (let last = 0; last === 0;) {
    last = read(1);
    const kind = read(2);
    if (kind === 0) {
      bit = (bit + 7) & ~7;
      const length = read(16);
      bit += 16;
      for (let i = 0; i < length; i++) out[filled++] = read(8);
      continue;
    }
    const [literals, distances] = kind === 1 ? fixedCodes() : dynamicCodes(read, decode);
    for (let symbol = decode(literals); symbol !== 256; symbol = decode(literals)) {
      if (symbol < 256) {
        out[filled++] = symbol;
        continue;
      }
      // Symbols 257 to 264 are lengths from 3 on; then every four share one more extra bit; 285 is 258.
      const l = symbol - 257;
      const lengthBits = l < 8 || l === 28 ? 0 : (l >> 2) - 1;
      const length = l < 8 ? l + 3 : l === 28 ? 258 : ((4 + (l & 3)) << lengthBits) + 3 + read(lengthBits);
      // Likewise distances, of which every two share one more extra bit.
      const d = decode(distances);
      const distanceBits = d < 4 ? 0 : (d >> 1) - 1;
      const distance = d < 4 ? d + 1 : ((2 + (d & 1)) << distanceBits) + 1 + read(distanceBits);
      for (let i = 0; i < length; i++, filled++) out[filled] = out[filled - distance]!;
    }
  }
  return out;
}

/** A canonical Huffman code: how many codes there are of each length, and their symbols in order. */
interface Code {
  readonly counts: readonly number[];
  readonly symbols: readonly number[];
}

function codeOf(lengths: readonly number[]): Code {
  const counts = new Array<number>(16).fill(0);
  const symbols: number[] = [];
  for (let length = 1; length < 16; length++)
    for (let symbol = 0; symbol < lengths.length; symbol++) {
      if (lengths[symbol] !== length) continue;
      symbols.push(symbol);
      counts[length]!++;
    }
  return { counts, symbols };
}

function fixedCodes(): readonly [Code, Code] {
  const literals = Array.from({ length: 288 }, (_, i) => (i < 144 ? 8 : i < 256 ? 9 : i < 280 ? 7 : 8));
  return [codeOf(literals), codeOf(new Array<number>(30).fill(5))];
}

/** In which order the lengths of the code of lengths come. */
const ORDER = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

function dynamicCodes(read: (count: number) => number, decode: (code: Code) => number): readonly [Code, Code] {
  const literals = read(5) + 257;
  const total = literals + read(5) + 1;
  const own = new Array<number>(19).fill(0);
  for (let i = 0, count = read(4) + 4; i < count; i++) own[ORDER[i]!] = read(3);
  const code = codeOf(own);
  const lengths: number[] = [];
  while (lengths.length < total) {
    const symbol = decode(code);
    const [value, repeats] =
      symbol < 16
        ? [symbol, 1]
        : symbol === 16
          ? [lengths.at(-1)!, 3 + read(2)]
          : [0, symbol === 17 ? 3 + read(3) : 11 + read(7)];
    for (let i = 0; i < repeats; i++) lengths.push(value);
  }
  return [codeOf(lengths.slice(0, literals)), codeOf(lengths.slice(literals))];
}
