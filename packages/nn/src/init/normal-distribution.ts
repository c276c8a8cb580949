/** The cumulative distribution of the standard normal, to 1e-7 (Numerical Recipes, `erfcc`). */
export function normalCdf(x: number): number {
  const z = Math.abs(x) / Math.SQRT2;
  const t = 1 / (1 + 0.5 * z);
  const coefficients = [
    -1.26551223, 1.00002368, 0.37409196, 0.09678418, -0.18628806, 0.27886807, -1.13520398, 1.48851587, -0.82215223,
    0.17087277,
  ];
  const tail = 0.5 * t * Math.exp(-z * z + polynomial(coefficients, t));
  return x < 0 ? tail : 1 - tail;
}

/**
 * The inverse of the cumulative distribution of the standard normal, to 1.2e-9; infinite at 0 and 1.
 *
 * @see P. J. Acklam, "An algorithm for computing the inverse normal cumulative distribution function", 2003
 */
export function normalQuantile(p: number): number {
  if (p <= 0) return -Infinity;
  if (p >= 1) return Infinity;
  if (p < 0.02425) return lowerTail(p);
  if (p > 1 - 0.02425) return -lowerTail(1 - p);
  const numerator = [
    2.506628277459239, -30.66479806614716, 138.357751867269, -275.9285104469687, 220.9460984245205, -39.69683028665376,
  ];
  const denominator = [
    1, -13.28068155288572, 66.80131188771972, -155.6989798598866, 161.5858368580409, -54.47609879822406,
  ];
  const q = p - 0.5;
  return (q * polynomial(numerator, q * q)) / polynomial(denominator, q * q);
}

function lowerTail(p: number): number {
  const numerator = [
    2.938163982698783, 4.374664141464968, -2.549732539343734, -2.400758277161838, -0.3223964580411365,
    -0.007784894002430293,
  ];
  const denominator = [1, 3.754408661907416, 2.445134137142996, 0.3224671290700398, 0.007784695709041462];
  const q = Math.sqrt(-2 * Math.log(p));
  return polynomial(numerator, q) / polynomial(denominator, q);
}

/** Σ cᵢ xⁱ */
function polynomial(coefficients: readonly number[], x: number): number {
  return coefficients.reduceRight((sum, coefficient) => sum * x + coefficient, 0);
}
