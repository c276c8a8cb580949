// Largest and smallest values along an axis, and where they stand: a family of its own, as most programs only need sums.
import { Extreme } from "./lib/opcodes";
import { walk } from "./lib/reduce";

class Max<T> {
  @inline empty(): v128 {
    return isFloat<T>() ? f32x4.splat(-Infinity) : i32x4.splat(i32.MIN_VALUE);
  }
  @inline absorb(acc: v128, v: v128): v128 {
    return v128.max<T>(acc, v);
  }
  @inline merge(a: v128, b: v128): v128 {
    return v128.max<T>(a, b);
  }
}

class Min<T> {
  @inline empty(): v128 {
    return isFloat<T>() ? f32x4.splat(Infinity) : i32x4.splat(i32.MAX_VALUE);
  }
  @inline absorb(acc: v128, v: v128): v128 {
    return v128.min<T>(acc, v);
  }
  @inline merge(a: v128, b: v128): v128 {
    return v128.min<T>(a, b);
  }
}

export function reduce(
  from: i32, to: i32, opcode: Extreme, x: usize, out: usize, length: i32, inner: i32, block: i32, divisor: f32,
): void {
  switch (opcode) {
    case Extreme.Max: walk<Max<f32>>(from, to, x, out, length, inner, block, divisor); break;
    case Extreme.Min: walk<Min<f32>>(from, to, x, out, length, inner, block, divisor); break;
    case Extreme.MaxInt: walk<Max<i32>>(from, to, x, out, length, inner, block, divisor); break;
    case Extreme.MinInt: walk<Min<i32>>(from, to, x, out, length, inner, block, divisor); break;
    default: unreachable();
  }
}

/**
 * Position of the largest or, where `largest` is 0, smallest entry along `length`, for results [from, to) of outer · inner: the first one,
 * and the first NaN if there is one.
 */
export function argExtreme(
  from: i32, to: i32, x: usize, out: usize, length: i32, inner: i32, largest: i32, integers: i32,
): void {
  if (integers) findExtremes<i32>(from, to, x, out, length, inner, largest);
  else findExtremes<f32>(from, to, x, out, length, inner, largest);
}

@inline
function findExtremes<T>(from: i32, to: i32, x: usize, out: usize, length: i32, inner: i32, largest: i32): void {
  for (let i = from; i < to; i++) {
    const o = i / inner;
    let at = x + ((<usize>(o * length) * <usize>inner + <usize>(i - o * inner)) << 2);
    let best = load<T>(at);
    let position = 0;
    for (let k = 1; k < length && best == best; k++) {
      at += <usize>inner << 2;
      const v = load<T>(at);
      if ((largest != 0 ? v > best : v < best) || v != v) {
        best = v;
        position = k;
      }
    }
    store<i32>(out + (<usize>i << 2), position);
  }
}
