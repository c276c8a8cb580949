// gpu.js expressions of functions that its Math lacks, or has with too little range or accuracy. Each is given the
// expression of its argument, which it repeats, and is right to double precision where it is computed so: the float64
// device runs it too.

/** tanh x, which overflows on WebGPU for large x. */
export function tanhExpression(x: string): string {
  return `(${x} < -20.0 ? -1.0 : (${x} > 20.0 ? 1.0 : Math.tanh(${x})))`;
}

/** ln(1 + x), accurate near 0: the rounding of 1 + x is divided out (Kahan). */
export function log1pExpression(x: string): string {
  return `(1.0 + ${x} === 1.0 ? ${x} : (${x} > 1e30 ? Math.log(${x}) : Math.log(1.0 + ${x}) * (${x} / ((1.0 + ${x}) - 1.0))))`;
}

/**
 * erf x. Up to |x| = 3 the series 2x/√π · e^{−x²} · Σ (2x²)ᵏ / (2k+1)!!, whose terms are all positive, so that small values
 * keep their relative accuracy; beyond, 1 − erfc with Laplace's continued fraction for erfc.
 *
 * @see Abramowitz & Stegun 1964, 7.1.6 and 7.1.14
 */
export function erfExpression(x: string): string {
  let series = "1.0";
  for (let k = SERIES_TERMS; k > 0; k--) series = `(1.0 + ${x} * ${x} * ${2 / (2 * k + 1)} * ${series})`;
  const near = `${2 / Math.sqrt(Math.PI)} * ${x} * Math.exp(-${x} * ${x}) * ${series}`;
  let fraction = `Math.abs(${x})`;
  for (let k = FRACTION_TERMS; k > 0; k--) fraction = `(Math.abs(${x}) + ${(k / 2).toFixed(1)} / ${fraction})`;
  const far = `1.0 - ${1 / Math.sqrt(Math.PI)} * Math.exp(-${x} * ${x}) / ${fraction}`;
  return `(Math.abs(${x}) < 3.0 ? ${near} : (${x} < 0.0 ? -(${far}) : ${far}))`;
}

const SERIES_TERMS = 50;
const FRACTION_TERMS = 25;
