import { FormatError } from "@tapegrad/tensor/errors";
import type { JpegFile } from "./jpeg-file.ts";

/**
 * Checks that scans follow on from each other: every coefficient is begun once and then made more exact bit by bit, after its
 * block's mean, and the means and what is next to them are complete in the end. libjpeg would blur blocks that are not.
 *
 * @throws FormatError naming the file.
 */
export function checkProgression({ frame, scans }: JpegFile, name: string): void {
  // For each component and coefficient: the lowest bit that is known, or none.
  const known = frame.components.map(() => new Int8Array(64).fill(NONE));
  for (const [i, { parts, first, last, high, low }] of scans.entries()) {
    for (const { index } of parts) {
      const bits = known[index]!;
      const expected = high === 0 ? NONE : high;
      if (first > 0 && bits[0] === NONE) throw new FormatError(name, `damaged JPEG: scan ${i} comes before the means`);
      if (bits.subarray(first, last + 1).some((bit) => bit !== expected))
        throw new FormatError(name, `damaged JPEG: scan ${i} does not follow on from those before it`);
      bits.fill(low, first, last + 1);
    }
  }
  const needed = frame.progressive ? SMOOTHED : 64;
  if (known.some((bits) => bits.subarray(0, needed).some((bit) => bit !== 0)))
    throw new FormatError(name, "damaged JPEG: its scans leave the picture incomplete");
}

const NONE = -1;
/** How many coefficients libjpeg looks at to decide whether it blurs. */
const SMOOTHED = 10;
