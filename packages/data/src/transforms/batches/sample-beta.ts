import type { Generator } from "@tapegrad/tensor/random";

/** A number in [0, 1] from the symmetric beta distribution, Beta(α, α): for small α near 0 or 1, for α = 1 uniform. */
export function sampleBeta(alpha: number, generator: Generator): number {
  // In logarithms, since both gammas of a small α may be too small for a number.
  const first = logGamma(alpha, generator);
  const second = logGamma(alpha, generator);
  return 1 / (1 + Math.exp(second - first));
}

/**
 * The logarithm of a number from the gamma distribution of shape α and scale 1.
 *
 * @see Marsaglia & Tsang 2000, "A simple method for generating gamma variables"
 */
function logGamma(alpha: number, generator: Generator): number {
  if (alpha < 1) return logGamma(alpha + 1, generator) + Math.log(1 - generator.next()) / alpha;
  const d = alpha - 1 / 3;
  for (;;) {
    const x = generator.normal();
    const v = (1 + x / Math.sqrt(9 * d)) ** 3;
    if (v > 0 && Math.log(1 - generator.next()) < 0.5 * x * x + d - d * v + d * Math.log(v)) return Math.log(d * v);
  }
}
