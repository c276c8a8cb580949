import { type Generator, type Tensor, ValueError } from "@tapegrad/tensor";
import { checkFinite, checkFloat, showValue, oneOf, readOptions } from "@tapegrad/tensor/internal";
import { fans } from "./fans.ts";
import { normal, uniform } from "./fill.ts";
import { calculateGain, isNonlinearity, type Nonlinearity } from "./gain.ts";
import { generatorRule, type InitOptions } from "./initialisers.ts";

/** Options of the Kaiming initialisers. */
export interface KaimingOptions extends InitOptions {
  /** Negative slope of the leaky ReLU that follows. @default 0 */
  readonly a?: number;
  /** Whether to keep the variance in the forward pass (`fanIn`) or in the backward pass. @default "fanIn" */
  readonly mode?: "fanIn" | "fanOut";
  /** @default "leakyRelu" */
  readonly nonlinearity?: Nonlinearity;
}

/**
 * Draws a weight from U(−b, b) with b = gain · √(3 / fan).
 *
 * @throws ShapeError if the weight has fewer than two axes.
 * @see He et al. 2015, https://arxiv.org/abs/1502.01852
 */
export function kaimingUniform<T extends Tensor>(weight: T, options: KaimingOptions = {}): T {
  const { generator, spread } = read("kaimingUniform", weight, options);
  const bound = Math.sqrt(3) * spread;
  return uniform(weight, { generator, low: -bound, high: bound });
}

/**
 * Draws a weight from N(0, gain² / fan).
 *
 * @throws ShapeError if the weight has fewer than two axes.
 * @see He et al. 2015, https://arxiv.org/abs/1502.01852
 */
export function kaimingNormal<T extends Tensor>(weight: T, options: KaimingOptions = {}): T {
  const { generator, spread } = read("kaimingNormal", weight, options);
  return normal(weight, { generator, mean: 0, std: spread });
}

function read(name: string, weight: Tensor, options: KaimingOptions): { generator: Generator; spread: number } {
  checkFloat(name, weight, "weight");
  const { a, mode, nonlinearity, generator } = readOptions(name, options, {
    a: [0, checkFinite],
    mode: ["fanIn", oneOf("fanIn", "fanOut")],
    nonlinearity: ["leakyRelu"],
    ...generatorRule(),
  });
  if (!isNonlinearity(nonlinearity)) throw new ValueError(`${name}: unknown nonlinearity ${showValue(nonlinearity)}`);
  // A weight without elements has no fan and needs none.
  return { generator, spread: calculateGain(nonlinearity, a) / Math.sqrt(fans(name, weight.shape)[mode] || 1) };
}
