import { type Tensor, ValueError } from "@tapegrad/tensor";
import { checkFloat, showValue, readOptions } from "@tapegrad/tensor/internal";
import { fans } from "./fans.ts";
import { generatorRule, type InitOptions, normal, uniform } from "./fill.ts";

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
  const { gain, generator } = checked("xavierUniform", weight, options);
  const bound = Math.sqrt(3) * spread("xavierUniform", weight, gain);
  return uniform(weight, { generator, low: -bound, high: bound });
}

/**
 * Draws a weight from N(0, gain² · 2 / (fanIn + fanOut)).
 *
 * @throws ShapeError if the weight has fewer than two axes.
 * @see Glorot & Bengio 2010, https://proceedings.mlr.press/v9/glorot10a.html
 */
export function xavierNormal<T extends Tensor>(weight: T, options: XavierOptions = {}): T {
  const { gain, generator } = checked("xavierNormal", weight, options);
  return normal(weight, { generator, std: spread("xavierNormal", weight, gain) });
}

function spread(name: string, { shape }: Tensor, gain: number): number {
  const { fanIn, fanOut } = fans(name, shape);
  return gain * Math.sqrt(2 / (fanIn + fanOut || 1));
}

function checked(name: string, weight: Tensor, options: XavierOptions): Required<XavierOptions> {
  checkFloat(name, weight, "weight");
  return readOptions(name, options, { gain: [1, checkGain], ...generatorRule() });
}

function checkGain(initialiser: string, name: string, gain: unknown): void {
  if (!(Number.isFinite(gain) && Number(gain) >= 0))
    throw new ValueError(`${initialiser}: ${name} must not be negative, got ${showValue(gain)}`);
}
