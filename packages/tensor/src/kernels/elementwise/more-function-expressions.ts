// gpu.js expressions of rounding, remainders, inverse and hyperbolic functions; see function-expressions.ts for the rules.
import { cosExpression, overFactorials, sineNearZero, sinExpression } from "./function-expressions.ts";

/** The nearest whole number, of two the even one: by the fraction, which is exact where a + ½ is not. */
export function roundExpression(x: string): string {
  const fraction = `${x} - Math.floor(${x})`;
  const tie = `2.0 * Math.floor(Math.floor(${x}) * 0.5 + 0.5)`;
  return `(${fraction} < 0.5 ? Math.floor(${x}) : (${fraction} > 0.5 ? Math.floor(${x}) + 1.0 : ${tie}))`;
}

/** eˣ − 1, near 0 by its series. */
export function expm1Expression(x: string): string {
  let series = "1.0";
  for (let k = EXPM1_TERMS; k > 1; k--) series = `(1.0 + ${x} * ${1 / k} * ${series})`;
  return `(Math.abs(${x}) < 0.5 ? ${x} * ${series} : Math.exp(${x}) - 1.0)`;
}

/** sinh x, near 0 by its series, and by halves where eˣ would overflow. */
export function sinhExpression(x: string): string {
  let series = "1.0";
  for (let k = SINH_TERMS; k > 0; k--) series = `(1.0 + ${x} * ${x} * ${1 / (2 * k * (2 * k + 1))} * ${series})`;
  const far = `(${x} < 0.0 ? -${halfExponential(x)} : ${halfExponential(x)})`;
  const between = `0.5 * (Math.exp(${x}) - Math.exp(-${x}))`;
  return `(Math.abs(${x}) < 1.0 ? ${x} * ${series} : (Math.abs(${x}) > 80.0 ? ${far} : ${between}))`;
}

/** cosh x, by halves where eˣ would overflow. */
export function coshExpression(x: string): string {
  const between = `0.5 * (Math.exp(${x}) + Math.exp(-${x}))`;
  return `(Math.abs(${x}) > 80.0 ? ${halfExponential(x)} : ${between})`;
}

/** e^{|x|}/2 without an intermediate result that is larger. */
function halfExponential(x: string): string {
  const half = `Math.exp(0.5 * Math.abs(${x}))`;
  return `(0.5 * ${half}) * ${half}`;
}

export function tanExpression(x: string): string {
  return `${sinExpression(x)} / ${cosExpression(x)}`;
}

/**
 * arctan x, whose error on a GPU may be 5e-4: y + (x·cos y − sin y)/(cos y + x·sin y) for y that is nearly arctan x.
 */
export function atanExpression(x: string): string {
  const y = `Math.atan(${x})`;
  const [sin, cos] = [`(${sineNearZero(y)})`, `(${overFactorials(y, COSINE_TERMS, 0)})`];
  return `(Math.abs(${x}) > 1e15 ? ${y} : ${y} + (${x} * ${cos} - ${sin}) / (${cos} + ${x} * ${sin}))`;
}

export function asinExpression(x: string): string {
  return atanExpression(`(${x} / Math.sqrt((1.0 - ${x}) * (1.0 + ${x})))`);
}

export function acosExpression(x: string): string {
  return `2.0 * ${atanExpression(`Math.sqrt((1.0 - ${x}) / (1.0 + ${x}))`)}`;
}

/** The angle of the point (x, y). */
export function atan2Expression(y: string, x: string): string {
  const special = `${y} === 0.0 || Math.abs(${y}) > 3e38 || Math.abs(${x}) > 3e38`;
  const acute = atanExpression(`(Math.abs(${y}) / Math.abs(${x}))`);
  const upper = `(${x} < 0.0 ? ${Math.PI} - ${acute} : ${acute})`;
  return `(${special} ? Math.atan2(${y}, ${x}) : (${y} < 0.0 ? -${upper} : ${upper}))`;
}

/** a − b·q for the quotient q rounded towards zero; a quotient that was rounded over a whole number is put right. */
export function fmodExpression(a: string, b: string): string {
  const rest = `(${a} - ${b} * Math.trunc(${a} / ${b}))`;
  const back = `(${a} < 0.0 ? ${rest} - Math.abs(${b}) : ${rest} + Math.abs(${b}))`;
  const put = `(Math.abs(${rest}) >= Math.abs(${b}) ? 0.0 : (${rest} * ${a} < 0.0 ? ${back} : ${rest}))`;
  return `(${endless(a, b)} ? ${a} : ${put})`;
}

/** a − b·⌊a/b⌋, with the sign of b. */
export function remainderExpression(a: string, b: string): string {
  const rest = `(${a} - ${b} * Math.floor(${a} / ${b}))`;
  const put = `(Math.abs(${rest}) >= Math.abs(${b}) ? 0.0 : (${rest} * ${b} < 0.0 ? ${rest} + ${b} : ${rest}))`;
  const alike = `${a} === 0.0 || (${a} > 0.0 && ${b} > 0.0) || (${a} < 0.0 && ${b} < 0.0)`;
  return `(${endless(a, b)} ? (${alike} ? ${a} : ${b}) : ${put})`;
}

/** Whether a finite value is divided by an infinite one. */
function endless(a: string, b: string): string {
  return `Math.abs(${a}) < 3.4028236e38 && Math.abs(${b}) > 3.4028235e38`;
}

const EXPM1_TERMS = 15;
const SINH_TERMS = 9;
const COSINE_TERMS = 12;
