import { defaultGenerator, type Generator, type Tensor, ValueError } from "@tapegrad/tensor";
import { checkFloat, checkGenerator, refuseUnknownOptions, showValue } from "@tapegrad/tensor/internal";
import { fans } from "./fans.ts";
import { type InitOptions, normal, uniform } from "./fill.ts";
import { calculateGain, isNonlinearity, type Nonlinearity } from "./gain.ts";

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
  const generator = checked("kaimingUniform", weight, options);
  const bound = Math.sqrt(3) * spread("kaimingUniform", weight, options);
  return uniform(weight, { generator, low: -bound, high: bound });
}

/**
 * Draws a weight from N(0, gain² / fan).
 *
 * @throws ShapeError if the weight has fewer than two axes.
 * @see He et al. 2015, https://arxiv.org/abs/1502.01852
 */
export function kaimingNormal<T extends Tensor>(weight: T, options: KaimingOptions = {}): T {
  const generator = checked("kaimingNormal", weight, options);
  return normal(weight, { generator, mean: 0, std: spread("kaimingNormal", weight, options) });
}

function spread(
  name: string,
  { shape }: Tensor,
  { a = 0, mode = "fanIn", nonlinearity = "leakyRelu" }: KaimingOptions,
): number {
  if (!Number.isFinite(a)) throw new ValueError(`${name}: a must be finite, got ${showValue(a)}`);
  if (!isNonlinearity(nonlinearity)) throw new ValueError(`${name}: unknown nonlinearity ${showValue(nonlinearity)}`);
  const both = fans(name, shape);
  if (mode !== "fanIn" && mode !== "fanOut") {
    throw new ValueError(`${name}: mode must be "fanIn" or "fanOut", got ${showValue(mode)}`);
  }
  // A weight without elements has no fan and needs none.
  return calculateGain(nonlinearity, a) / Math.sqrt(both[mode] || 1);
}

function checked(name: string, weight: Tensor, options: KaimingOptions): Generator {
  checkFloat(name, weight, "weight");
  refuseUnknownOptions(name, options, ["a", "mode", "nonlinearity", "generator"]);
  const { generator = defaultGenerator() } = options;
  checkGenerator(name, generator);
  return generator;
}
