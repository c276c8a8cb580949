// Functions that networks seldom need, four lanes at a time, by their numbers, as in unary-operations.ts; most of them by way of
// double precision.
import { atan, exp, exp2, highDoubles, log2, lowDoubles, toSingle } from "./double-functions";
import { BinaryInt, MoreBinary, MoreUnary } from "./opcodes";
import { sine } from "./trigonometry";

export class MoreUnaryOperations {
  @inline apply(opcode: i32, a: v128, s: v128, t: v128): v128 {
    if (opcode == MoreUnary.Floor) return f32x4.floor(a);
    if (opcode == MoreUnary.Ceil) return f32x4.ceil(a);
    // To the nearest whole number, halves to the even one.
    if (opcode == MoreUnary.Round) return f32x4.nearest(a);
    if (opcode == MoreUnary.Trunc) return f32x4.trunc(a);
    if (opcode == MoreUnary.Tan) return f32x4.div(sine(a, 0), sine(a, 1));
    // All others.
    return toSingle(doubleOperation(opcode, lowDoubles(a)), doubleOperation(opcode, highDoubles(a)));
  }
}

export class MoreBinaryOperations {
  @inline apply(opcode: i32, a: v128, b: v128): v128 {
    if (opcode == MoreBinary.Atan2) return toSingle(angle(lowDoubles(a), lowDoubles(b)), angle(highDoubles(a), highDoubles(b)));
    // a − b·⌊a/b⌋ rounded towards zero, exactly.
    if (opcode == MoreBinary.Fmod) return remainders<f32>(a, b);
    if (opcode == BinaryInt.FmodInt) return remainders<i32>(a, b);
    if (opcode == MoreBinary.Remainder) return signedRemainders<f32>(a, b);
    // BinaryInt.RemainderInt.
    return signedRemainders<i32>(a, b);
  }
}

/** A function of two doubles. */
@inline
function doubleOperation(opcode: i32, x: v128): v128 {
  if (opcode == MoreUnary.Exp2) return powerOfTwo(x);
  if (opcode == MoreUnary.Expm1) return expm1(x);
  if (opcode == MoreUnary.Log2) return binaryLogarithm(x);
  if (opcode == MoreUnary.Log10) return log10(x);
  if (opcode == MoreUnary.Sinh) return sinh(x);
  if (opcode == MoreUnary.Cosh) return cosh(x);
  if (opcode == MoreUnary.Asin) return asin(x);
  if (opcode == MoreUnary.Acos) return acos(x);
  // MoreUnary.Atan.
  return arctangent(x);
}

// `exp2` and the others are written out wherever they are used: here once for both halves of the lanes.

function powerOfTwo(x: v128): v128 {
  return exp2(x);
}

/** Near 0 by the series, where the difference would cancel. */
function expm1(x: v128): v128 {
  const near = f64x2.mul(x, f64x2.add(f64x2.splat(1), f64x2.mul(x, f64x2.splat(0.5))));
  const small = f64x2.lt(f64x2.abs(x), f64x2.splat(1e-5));
  return v128.bitselect(near, f64x2.sub(exp(x), f64x2.splat(1)), small);
}

/** log₂ x; NaN of negative numbers. */
@inline
function logarithm(x: v128): v128 {
  return v128.bitselect(f64x2.splat(NaN), log2(x), f64x2.lt(x, f64x2.splat(0)));
}

function binaryLogarithm(x: v128): v128 {
  return logarithm(x);
}

function log10(x: v128): v128 {
  return f64x2.mul(logarithm(x), f64x2.splat(0.3010299956639812));
}

/** Near 0 by the series, where the difference would cancel. */
function sinh(x: v128): v128 {
  const e = exp(x);
  const far = f64x2.mul(f64x2.splat(0.5), f64x2.sub(e, f64x2.div(f64x2.splat(1), e)));
  const s = f64x2.mul(x, x);
  const near = f64x2.mul(x, f64x2.add(f64x2.splat(1), f64x2.mul(s, f64x2.splat(1.0 / 6.0))));
  return v128.bitselect(near, far, f64x2.lt(f64x2.abs(x), f64x2.splat(1e-3)));
}

function cosh(x: v128): v128 {
  const e = exp(x);
  return f64x2.mul(f64x2.splat(0.5), f64x2.add(e, f64x2.div(f64x2.splat(1), e)));
}

function arctangent(x: v128): v128 {
  return atan(x);
}

/** arctan(x/√(1 − x²)), NaN beyond ±1. */
function asin(x: v128): v128 {
  const one = f64x2.splat(1);
  return atan(f64x2.div(x, f64x2.sqrt(f64x2.mul(f64x2.sub(one, x), f64x2.add(one, x)))));
}

/** 2·arctan √((1 − x)/(1 + x)), NaN beyond ±1. */
function acos(x: v128): v128 {
  const one = f64x2.splat(1);
  const half = atan(f64x2.sqrt(f64x2.div(f64x2.sub(one, x), f64x2.add(one, x))));
  return f64x2.add(half, half);
}

/** The angle of the point (x, y), from −π to π, with the special cases of C's `atan2`. */
function angle(y: v128, x: v128): v128 {
  const sign = i64x2.splat(0x8000000000000000);
  const infinity = f64x2.splat(Infinity);
  const zero = f64x2.splat(0);
  const one = f64x2.splat(1);
  const height = f64x2.abs(y);
  const width = f64x2.abs(x);
  let ratio = f64x2.div(height, width);
  ratio = v128.bitselect(one, ratio, v128.and(f64x2.eq(height, infinity), f64x2.eq(width, infinity)));
  ratio = v128.bitselect(zero, ratio, v128.and(f64x2.eq(height, zero), f64x2.eq(width, zero)));
  let angle = atan(ratio);
  angle = v128.bitselect(f64x2.sub(f64x2.splat(3.141592653589793), angle), angle, i64x2.shr_s(x, 63));
  return v128.or(angle, v128.and(y, sign));
}

/** The remainder with the sign of b. */
@inline
function signedRemainders<T>(a: v128, b: v128): v128 {
  const zero = v128.splat<T>(0);
  const y = remainders<T>(a, b);
  const turned = v128.and(v128.ne<T>(y, zero), v128.xor(v128.lt<T>(b, zero), v128.lt<T>(y, zero)));
  return v128.bitselect(v128.add<T>(y, b), y, turned);
}

function remainders<T>(a: v128, b: v128): v128 {
  let y = v128.splat<T>(remainderOf(v128.extract_lane<T>(a, 0), v128.extract_lane<T>(b, 0)));
  y = v128.replace_lane<T>(y, 1, remainderOf(v128.extract_lane<T>(a, 1), v128.extract_lane<T>(b, 1)));
  y = v128.replace_lane<T>(y, 2, remainderOf(v128.extract_lane<T>(a, 2), v128.extract_lane<T>(b, 2)));
  return v128.replace_lane<T>(y, 3, remainderOf(v128.extract_lane<T>(a, 3), v128.extract_lane<T>(b, 3)));
}

/** The remainder of a division of whole numbers by 0 is 0: a lane of its own may not trap. */
function remainderOf<T>(a: T, b: T): T {
  if (isInteger<T>() && (b == 0 || b == -1)) return <T>0;
  return <T>(a % b);
}
