import { FormatError } from "@tapegrad/tensor/errors";
import type { BitReader } from "./bit-reader.ts";
import type { Scan, ScanPart } from "./jpeg-file.ts";
import { zigzag } from "./zigzag.ts";

/** Reads a scan's part of one block, whose 64 coefficients stand in rows from `at` on. */
export type DecodeBlock = (block: Int16Array, at: number, part: ScanPart) => void;

/** What blocks of a scan hand on to the next ones. */
export interface ScanState {
  /** The last mean of each component. */
  readonly means: Int32Array;
  /** Blocks that have nothing more, from the next on. */
  emptyBlocks: number;
}

/**
 * How the blocks of a scan are read.
 *
 * @see ITU-T T.81, annexes F.2 and G.2
 */
export function blockDecoder(scan: Scan, bits: BitReader, state: ScanState, name: string): DecodeBlock {
  const { first, last, high, low } = scan;
  const tooMany = (): FormatError => new FormatError(name, "damaged JPEG: more than 64 coefficients in a block");

  const decodeMean: DecodeBlock = (block, at, { index, dc }) => {
    const mean = state.means[index]! + bits.signed(bits.symbol(dc!));
    state.means[index] = mean;
    block[at] = mean << low;
  };

  const decodeWhole: DecodeBlock = (block, at, part) => {
    decodeMean(block, at, part);
    const { ac } = part;
    for (let k = 1; k < 64; k++) {
      const symbol = bits.symbol(ac!);
      const size = symbol & 15;
      if (size === 0) {
        if (symbol !== SIXTEEN_ZEROS) return;
        k += 15;
        continue;
      }
      k += symbol >> 4;
      if (k > 63) throw tooMany();
      block[at + zigzag[k]!] = bits.signed(size);
    }
  };

  const decodeBand: DecodeBlock = (block, at, { ac }) => {
    if (state.emptyBlocks > 0) {
      state.emptyBlocks--;
      return;
    }
    for (let k = first; k <= last; k++) {
      const symbol = bits.symbol(ac!);
      const [run, size] = [symbol >> 4, symbol & 15];
      if (size === 0) {
        if (run < 15) {
          state.emptyBlocks = (1 << run) - 1 + bits.bits(run);
          return;
        }
        k += 15;
        continue;
      }
      k += run;
      if (k > last) throw tooMany();
      block[at + zigzag[k]!] = bits.signed(size) << low;
    }
  };

  /** One more bit of a coefficient that is not 0. */
  const refine = (block: Int16Array, at: number): void => {
    if (bits.bits(1) === 1) block[at]! += block[at]! > 0 ? 1 << low : -1 << low;
  };

  const refineBand: DecodeBlock = (block, at, { ac }) => {
    let k = first;
    if (state.emptyBlocks === 0) {
      for (; k <= last; k++) {
        const symbol = bits.symbol(ac!);
        let run = symbol >> 4;
        let value = 0;
        if ((symbol & 15) !== 0) value = bits.bits(1) === 1 ? 1 << low : -1 << low;
        else if (run < 15) {
          state.emptyBlocks = (1 << run) + bits.bits(run);
          break;
        }
        // A run counts coefficients that are still 0.
        for (; k <= last; k++) {
          if (block[at + zigzag[k]!] !== 0) refine(block, at + zigzag[k]!);
          else if (run-- === 0) break;
        }
        if (value === 0) continue;
        if (k > last) throw tooMany();
        block[at + zigzag[k]!] = value;
      }
    }
    if (state.emptyBlocks === 0) return;
    for (; k <= last; k++) if (block[at + zigzag[k]!] !== 0) refine(block, at + zigzag[k]!);
    state.emptyBlocks--;
  };

  if (first === 0 && last === 63) return decodeWhole;
  if (first > 0) return high === 0 ? decodeBand : refineBand;
  if (high === 0) return decodeMean;
  return (block, at) => {
    if (bits.bits(1) === 1) block[at]! |= 1 << low;
  };
}

const SIXTEEN_ZEROS = 0xf0;
