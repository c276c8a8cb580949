import type { Component, Frame } from "./jpeg-file.ts";

/** Writes one row of a component at the picture's width. */
export type Upsample = (near: Uint8ClampedArray, far: Uint8ClampedArray, row: Uint8ClampedArray, odd: boolean) => void;

/** How a component gets the picture's size. */
export interface Upsampling {
  /** Rows of the picture for each of the component's. */
  readonly down: number;
  /** Whether a row depends on the next nearest one as well. */
  readonly blends: boolean;
  /** Null for a component that has the picture's width and is not blended. */
  readonly upsample: Upsample | null;
}

/**
 * How libjpeg brings a component to the picture's size: halves are found by a triangle filter, with weights of 3 to 1 for the
 * nearest and the next nearest sample, and everything else by repetition.
 *
 * @see jdsample.c of https://libjpeg-turbo.org
 */
export function upsamplingOf({ h, v, width }: Component, { maxH, maxV }: Frame): Upsampling {
  const [across, down] = [maxH / h, maxV / v];
  const wide = across === 2 && width > 2;
  if (across === 1 && down === 1) return { down, blends: false, upsample: null };
  if (across === 1 && down === 2) return { down, blends: true, upsample: (...rows) => blendRows(width, ...rows) };
  if (wide && down === 1) return { down, blends: false, upsample: (near, _, row) => widen(width, near, row) };
  if (wide && down === 2)
    return { down, blends: true, upsample: (near, far, row) => widenBlended(width, near, far, row) };
  return { down, blends: false, upsample: (near, _, row) => repeat(width, across, near, row) };
}

function blendRows(
  width: number,
  near: Uint8ClampedArray,
  far: Uint8ClampedArray,
  row: Uint8ClampedArray,
  odd: boolean,
): void {
  const round = odd ? 2 : 1;
  for (let x = 0; x < width; x++) row[x] = (near[x]! * 3 + far[x]! + round) >> 2;
}

function widen(width: number, near: Uint8ClampedArray, row: Uint8ClampedArray): void {
  const last = width - 1;
  row[0] = near[0]!;
  row[1] = (near[0]! * 3 + near[1]! + 2) >> 2;
  for (let x = 1; x < last; x++) {
    const level = near[x]! * 3;
    row[2 * x] = (level + near[x - 1]! + 1) >> 2;
    row[2 * x + 1] = (level + near[x + 1]! + 2) >> 2;
  }
  row[2 * last] = (near[last]! * 3 + near[last - 1]! + 1) >> 2;
  row[2 * last + 1] = near[last]!;
}

function widenBlended(width: number, near: Uint8ClampedArray, far: Uint8ClampedArray, row: Uint8ClampedArray): void {
  let before = near[0]! * 3 + far[0]!;
  let level = before;
  let after = near[1]! * 3 + far[1]!;
  row[0] = (level * 4 + 8) >> 4;
  row[1] = (level * 3 + after + 7) >> 4;
  const last = width - 1;
  for (let x = 1; x < last; x++) {
    before = level;
    level = after;
    after = near[x + 1]! * 3 + far[x + 1]!;
    row[2 * x] = (level * 3 + before + 8) >> 4;
    row[2 * x + 1] = (level * 3 + after + 7) >> 4;
  }
  row[2 * last] = (after * 3 + level + 8) >> 4;
  row[2 * last + 1] = (after * 4 + 7) >> 4;
}

function repeat(width: number, times: number, near: Uint8ClampedArray, row: Uint8ClampedArray): void {
  for (let x = 0, to = 0; x < width; x++) for (let i = 0; i < times; i++) row[to++] = near[x]!;
}
