/**
 * gpu.js expression of erf(x), to double precision where it is computed so, for the float64 device runs it too.
 *
 * Up to |x| = 3 the series 2x/√π · e^{−x²} · Σ (2x²)ᵏ / (2k+1)!!, whose terms are all positive, so that small values keep
 * their relative accuracy; beyond, 1 − erfc with Laplace's continued fraction for erfc (Abramowitz & Stegun 7.1.6, 7.1.14).
 *
 * @param x the name of a variable.
 */
export function erfExpression(x: string): string {
  let series = "1.0";
  for (let k = SERIES_TERMS; k > 0; k--) series = `(1.0 + ${x} * ${x} * ${2 / (2 * k + 1)} * ${series})`;
  const near = `${2 / Math.sqrt(Math.PI)} * ${x} * Math.exp(-${x} * ${x}) * ${series}`;
  let fraction = `Math.abs(${x})`;
  for (let k = FRACTION_TERMS; k > 0; k--) fraction = `(Math.abs(${x}) + ${(k / 2).toFixed(1)} / ${fraction})`;
  const far = `1.0 - ${1 / Math.sqrt(Math.PI)} * Math.exp(-${x} * ${x}) / ${fraction}`;
  return `Math.abs(${x}) < 3.0 ? ${near} : (${x} < 0.0 ? -(${far}) : ${far})`;
}

const SERIES_TERMS = 50;
const FRACTION_TERMS = 25;
