import type { Tensor } from "@tapegrad/tensor";
import { fans } from "./fans.ts";
import { normal, uniform } from "./fill.ts";
import type { InitOptions } from "./fill.ts";

/** Options of the Xavier initialisers. */
export interface XavierOptions extends InitOptions {
  /** Factor on the spread; see `calculateGain`. @default 1 */
  readonly gain?: number;
}

/**
 * Draws a weight from U(−b, b) with b = gain · √(6 / (fanIn + fanOut)).
 *
 * @throws ShapeError if the weight has fewer than two axes.
 * @see Glorot & Bengio 2010, https://proceedings.mlr.press/v9/glorot10a.html
 */
export function xavierUniform<T extends Tensor>(weight: T, { gain = 1, ...options }: XavierOptions = {}): T {
  const bound = Math.sqrt(3) * spread("xavierUniform", weight, gain);
  return uniform(weight, { ...options, low: -bound, high: bound });
}

/**
 * Draws a weight from N(0, gain² · 2 / (fanIn + fanOut)).
 *
 * @throws ShapeError if the weight has fewer than two axes.
 * @see Glorot & Bengio 2010, https://proceedings.mlr.press/v9/glorot10a.html
 */
export function xavierNormal<T extends Tensor>(weight: T, { gain = 1, ...options }: XavierOptions = {}): T {
  return normal(weight, { ...options, std: spread("xavierNormal", weight, gain) });
}

function spread(name: string, { shape }: Tensor, gain: number): number {
  const { fanIn, fanOut } = fans(name, shape);
  return gain * Math.sqrt(2 / (fanIn + fanOut || 1));
}
