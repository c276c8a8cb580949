// Largest and smallest values along an axis, and where they stand: a family of its own, as most programs only need sums.
import { Extreme } from "./lib/opcodes";
import { walk } from "./lib/reduce";

@unmanaged
class Max {
  @inline empty(): v128 {
    return f32x4.splat(-Infinity);
  }
  @inline absorb(acc: v128, v: v128): v128 {
    return f32x4.max(acc, v);
  }
  @inline merge(a: v128, b: v128): v128 {
    return f32x4.max(a, b);
  }
}

@unmanaged
class Min {
  @inline empty(): v128 {
    return f32x4.splat(Infinity);
  }
  @inline absorb(acc: v128, v: v128): v128 {
    return f32x4.min(acc, v);
  }
  @inline merge(a: v128, b: v128): v128 {
    return f32x4.min(a, b);
  }
}

@unmanaged
class MaxInt {
  @inline empty(): v128 {
    return i32x4.splat(i32.MIN_VALUE);
  }
  @inline absorb(acc: v128, v: v128): v128 {
    return i32x4.max_s(acc, v);
  }
  @inline merge(a: v128, b: v128): v128 {
    return i32x4.max_s(a, b);
  }
}

@unmanaged
class MinInt {
  @inline empty(): v128 {
    return i32x4.splat(i32.MAX_VALUE);
  }
  @inline absorb(acc: v128, v: v128): v128 {
    return i32x4.min_s(acc, v);
  }
  @inline merge(a: v128, b: v128): v128 {
    return i32x4.min_s(a, b);
  }
}

export function reduce(
  from: i32, to: i32, opcode: Extreme, x: usize, out: usize, length: i32, inner: i32, block: i32, divisor: f32,
): void {
  switch (opcode) {
    case Extreme.Max: walk<Max>(from, to, x, out, length, inner, block, divisor); break;
    case Extreme.Min: walk<Min>(from, to, x, out, length, inner, block, divisor); break;
    case Extreme.MaxInt: walk<MaxInt>(from, to, x, out, length, inner, block, divisor); break;
    case Extreme.MinInt: walk<MinInt>(from, to, x, out, length, inner, block, divisor); break;
    default: unreachable();
  }
}

/**
 * Position of the largest (sign 1) or smallest (sign −1) entry along `length`, for results [from, to) of outer · inner:
 * the first one, and the first NaN if there is one.
 */
export function argExtreme(from: i32, to: i32, x: usize, out: usize, length: i32, inner: i32, sign: f32): void {
  for (let i = from; i < to; i++) {
    const o = i / inner;
    let at = x + ((<usize>(o * length) * <usize>inner + <usize>(i - o * inner)) << 2);
    let best = sign * load<f32>(at);
    let position = 0;
    for (let k = 1; k < length && best == best; k++) {
      at += <usize>inner << 2;
      const v = sign * load<f32>(at);
      if (v > best || v != v) {
        best = v;
        position = k;
      }
    }
    store<i32>(out + (<usize>i << 2), position);
  }
}

/** `argExtreme` for int32 values. */
export function argExtremeInt(from: i32, to: i32, x: usize, out: usize, length: i32, inner: i32, largest: i32): void {
  for (let i = from; i < to; i++) {
    const o = i / inner;
    let at = x + ((<usize>(o * length) * <usize>inner + <usize>(i - o * inner)) << 2);
    let best = load<i32>(at);
    let position = 0;
    for (let k = 1; k < length; k++) {
      at += <usize>inner << 2;
      const v = load<i32>(at);
      if (largest != 0 ? v > best : v < best) {
        best = v;
        position = k;
      }
    }
    store<i32>(out + (<usize>i << 2), position);
  }
}
