import type { Generator } from "@tapegrad/tensor/random";
import { roundHalfToEven } from "../pixels/round-half-to-even.ts";
import { between, type Range } from "./range.ts";

/** A part of a picture. */
export interface Box {
  readonly top: number;
  readonly left: number;
  readonly height: number;
  readonly width: number;
}

/**
 * A box that covers a random part of the area and has a random ratio of its sides, both from ranges; all ratios of ratios are equally
 * probable. Null if none of ten that were drawn fits.
 *
 * @param ratio of width to height. @param fits says whether a box of this size is taken.
 */
export function randomBox(
  { width, height }: { readonly width: number; readonly height: number },
  scale: Range,
  ratio: Range,
  fits: (height: number, width: number) => boolean,
  generator: Generator,
): Box | null {
  const logs: Range = [Math.log(ratio[0]), Math.log(ratio[1])];
  for (let tries = 0; tries < 10; tries++) {
    const area = width * height * between(scale, generator);
    const aspect = Math.exp(between(logs, generator));
    const across = roundHalfToEven(Math.sqrt(area * aspect));
    const down = roundHalfToEven(Math.sqrt(area / aspect));
    if (!fits(down, across)) continue;
    const top = generator.integer(height - down + 1);
    return { top, left: generator.integer(width - across + 1), height: down, width: across };
  }
  return null;
}
