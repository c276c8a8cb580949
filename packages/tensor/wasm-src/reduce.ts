// Sums along an axis; see lib/reduce.ts for how tensors lie.
import { Total } from "./lib/opcodes";
import { walk } from "./lib/reduce";

class Sum<T> {
  @inline empty(): v128 {
    return i32x4.splat(0);
  }
  @inline absorb(acc: v128, v: v128): v128 {
    return v128.add<T>(acc, v);
  }
  @inline merge(a: v128, b: v128): v128 {
    return v128.add<T>(a, b);
  }
}

class SumSquares {
  @inline empty(): v128 {
    return f32x4.splat(0);
  }
  @inline absorb(acc: v128, v: v128): v128 {
    return f32x4.add(acc, f32x4.mul(v, v));
  }
  @inline merge(a: v128, b: v128): v128 {
    return f32x4.add(a, b);
  }
}

export function reduce(
  from: i32, to: i32, opcode: Total, x: usize, out: usize, length: i32, inner: i32, block: i32, divisor: f32,
): void {
  switch (opcode) {
    case Total.Sum: walk<Sum<f32>>(from, to, x, out, length, inner, block, divisor); break;
    case Total.SumSquares: walk<SumSquares>(from, to, x, out, length, inner, block, divisor); break;
    case Total.SumInt: walk<Sum<i32>>(from, to, x, out, length, inner, block, divisor); break;
    default: unreachable();
  }
}
