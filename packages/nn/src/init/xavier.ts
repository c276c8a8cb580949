import type { Generator, Tensor } from "@tapegrad/tensor";
import { checkFloat, checkNotNegative, readOptions } from "@tapegrad/tensor/internal";
import { fans } from "./fans.ts";
import { normal, uniform } from "./fill.ts";
import { generatorRule, type InitOptions } from "./initialisers.ts";

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
export function xavierUniform<T extends Tensor>(weight: T, options: XavierOptions = {}): T {
  const { generator, spread } = read("xavierUniform", weight, options);
  const bound = Math.sqrt(3) * spread;
  return uniform(weight, { generator, low: -bound, high: bound });
}

/**
 * Draws a weight from N(0, gain² · 2 / (fanIn + fanOut)).
 *
 * @throws ShapeError if the weight has fewer than two axes.
 * @see Glorot & Bengio 2010, https://proceedings.mlr.press/v9/glorot10a.html
 */
export function xavierNormal<T extends Tensor>(weight: T, options: XavierOptions = {}): T {
  const { generator, spread } = read("xavierNormal", weight, options);
  return normal(weight, { generator, std: spread });
}

function read(name: string, weight: Tensor, options: XavierOptions): { generator: Generator; spread: number } {
  checkFloat(name, weight, "weight");
  const { gain, generator } = readOptions(name, options, { gain: [1, checkNotNegative], ...generatorRule() });
  const { fanIn, fanOut } = fans(name, weight.shape);
  return { generator, spread: gain * Math.sqrt(2 / (fanIn + fanOut || 1)) };
}
