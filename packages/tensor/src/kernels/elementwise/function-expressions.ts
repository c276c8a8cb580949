// gpu.js expressions of functions that its Math lacks, or has with too little range or accuracy. Each is given the
// expression of its argument, and repeats it. In double precision each is right to double precision, because the float64
// device runs it too.

/** tanh x, which overflows on WebGPU for large x. */
export function tanhExpression(x: string): string {
  return `(${x} < -20.0 ? -1.0 : (${x} > 20.0 ? 1.0 : Math.tanh(${x})))`;
}

/**
 * ln(1 + x). Near 0, where a GPU's logarithm of 1 + x may be off by more than all of it, 2·artanh z = 2·Σ z²ᵏ⁺¹/(2k + 1) with
 * z = x/(2 + x).
 */
export function log1pExpression(x: string): string {
  const z = `(${x} / (2.0 + ${x}))`;
  const series = horner(`${z} * ${z}`, LOG1P_TERMS, (k) => 1 / (2 * k + 1));
  return `(Math.abs(${x}) < 0.25 ? 2.0 * ${z} * ${series} : (${x} > 1e30 ? Math.log(${x}) : Math.log(1.0 + ${x})))`;
}

/** sin x, whose error on a GPU may be 5e-4: (−1)ⁿ·sin(x − nπ), n the nearest whole number, by Taylor's series. */
export function sinExpression(x: string): string {
  const n = `Math.floor(${x} * ${1 / Math.PI} + 0.5)`;
  return `(Math.abs(${x}) < 1e5 ? ${alternating(n)} * ${sineNearZero(`(${lessHalfTurns(x, n)})`)} : Math.sin(${x}))`;
}

/** cos x = (−1)ⁿ⁺¹·sin(x − (n + ½)π), with n = ⌊x/π⌋. */
export function cosExpression(x: string): string {
  const n = `Math.floor(${x} * ${1 / Math.PI})`;
  const rest = `(${lessHalfTurns(x, `(${n} + 0.5)`)})`;
  return `(Math.abs(${x}) < 1e5 ? -${alternating(n)} * ${sineNearZero(rest)} : Math.cos(${x}))`;
}

/** (−1)ⁿ of a whole n. */
function alternating(n: string): string {
  return `(1.0 - 2.0 * (${n} - 2.0 * Math.floor(${n} * 0.5)))`;
}

/** x − nπ, with π in three parts of which the first two have so few bits that their products with n are exact (Cody & Waite). */
function lessHalfTurns(x: string, n: string): string {
  return `${x} - ${n} * ${PI_HIGH} - ${n} * ${PI_MIDDLE} - ${n} * ${Math.PI - PI_HIGH - PI_MIDDLE + PI_REST}`;
}

/** sin r for |r| ≤ π/2. */
export function sineNearZero(r: string): string {
  return `${r} * ${overFactorials(r, SINE_TERMS, 1)}`;
}

/** Σ (−1)ᵏ·r²ᵏ / (2k + more)! for k below `terms`. */
export function overFactorials(r: string, terms: number, more: 0 | 1): string {
  let factorial = 1;
  const coefficients = Array.from({ length: terms }, (_, k) => {
    if (k > 0) factorial *= -2 * k * (2 * k - 1 + 2 * more);
    return 1 / factorial;
  });
  return horner(`${r} * ${r}`, terms, (k) => coefficients[k]!);
}

/** Σ coefficient(k)·sᵏ for k below `terms`. */
function horner(s: string, terms: number, coefficient: (k: number) => number): string {
  let sum = `(${coefficient(terms - 1)})`;
  for (let k = terms - 2; k >= 0; k--) sum = `(${decimal(coefficient(k))} + ${s} * ${sum})`;
  return sum;
}

/** A number as gpu.js takes it for a float. */
function decimal(value: number): string {
  return Number.isInteger(value) ? value.toFixed(1) : `${value}`;
}

const LOG1P_TERMS = 11;
const SINE_TERMS = 11;
const PI_HIGH = 3.140625;
const PI_MIDDLE = 9.67502593994140625e-4;
/** What π has beyond double precision. */
const PI_REST = 1.2246467991473532e-16;

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
