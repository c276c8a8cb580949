import { ValueError } from "@tapegrad/tensor";
import { showValue } from "@tapegrad/tensor/internal";

/** What follows the layer whose weight is initialised. */
export type Nonlinearity = LinearLayer | "sigmoid" | "tanh" | "relu" | "leakyRelu" | "selu";

/** Layers, which stand for the lack of a nonlinearity. */
export type LinearLayer = "linear" | `conv${1 | 2 | 3}d` | `convTranspose${1 | 2 | 3}d`;

/**
 * The factor on the spread of weights that makes up for a nonlinearity.
 *
 * linear, all convolutions, sigmoid 1 · tanh 5/3 · relu √2 · leakyRelu √(2 / (1 + slope²)) · selu 3/4.
 *
 * @param slope negative slope of the leaky ReLU.
 * @throws ValueError if the nonlinearity is unknown or the slope not finite.
 */
export function calculateGain(nonlinearity: Nonlinearity, slope = 0.01): number {
  if (!isNonlinearity(nonlinearity))
    throw new ValueError(`calculateGain: unknown nonlinearity ${showValue(nonlinearity)}`);
  if (!Number.isFinite(slope)) throw new ValueError(`calculateGain: slope must be finite, got ${showValue(slope)}`);
  if (nonlinearity === "leakyRelu") return Math.sqrt(2 / (1 + slope ** 2));
  const gains: Partial<Record<Nonlinearity, number>> = { tanh: 5 / 3, relu: Math.SQRT2, selu: 3 / 4 };
  return gains[nonlinearity] ?? 1;
}

/** Whether there is a gain for it. */
export function isNonlinearity(name: unknown): name is Nonlinearity {
  return typeof name === "string" && /^(linear|conv(Transpose)?[123]d|sigmoid|tanh|relu|leakyRelu|selu)$/.test(name);
}
