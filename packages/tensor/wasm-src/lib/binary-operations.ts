// Functions of two operands, four lanes at a time, by their numbers, as in unary-operations.ts. Comparisons give the float32
// numbers 1 and 0.
import { Binary, BinaryInt, OrderBinary } from "./opcodes";
import { power } from "./power";

export class BinaryOperations {
  @inline apply(opcode: i32, a: v128, b: v128): v128 {
    if (opcode == Binary.Add) return f32x4.add(a, b);
    if (opcode == Binary.Sub) return f32x4.sub(a, b);
    if (opcode == Binary.Mul) return f32x4.mul(a, b);
    if (opcode == Binary.Div) return f32x4.div(a, b);
    if (opcode == Binary.Equal) return numbers(f32x4.eq(a, b));
    if (opcode == Binary.NotEqual) return numbers(f32x4.ne(a, b));
    // a where b > 0 or b is NaN, else 0: the gradient that a relu with result b lets through.
    if (opcode == Binary.ReluGrad) return v128.andnot(a, f32x4.le(b, f32x4.splat(0)));
    if (opcode == OrderBinary.Maximum) return f32x4.max(a, b);
    if (opcode == OrderBinary.Minimum) return f32x4.min(a, b);
    if (opcode == OrderBinary.Less) return numbers(f32x4.lt(a, b));
    if (opcode == OrderBinary.LessEqual) return numbers(f32x4.le(a, b));
    if (opcode == OrderBinary.Greater) return numbers(f32x4.gt(a, b));
    if (opcode == OrderBinary.GreaterEqual) return numbers(f32x4.ge(a, b));
    if (opcode == BinaryInt.AddInt) return i32x4.add(a, b);
    if (opcode == BinaryInt.SubInt) return i32x4.sub(a, b);
    if (opcode == BinaryInt.MulInt) return i32x4.mul(a, b);
    if (opcode == BinaryInt.MaximumInt) return i32x4.max_s(a, b);
    if (opcode == BinaryInt.MinimumInt) return i32x4.min_s(a, b);
    if (opcode == BinaryInt.EqualInt) return numbers(i32x4.eq(a, b));
    if (opcode == BinaryInt.NotEqualInt) return numbers(i32x4.ne(a, b));
    if (opcode == BinaryInt.LessInt) return numbers(i32x4.lt_s(a, b));
    if (opcode == BinaryInt.LessEqualInt) return numbers(i32x4.le_s(a, b));
    if (opcode == BinaryInt.GreaterInt) return numbers(i32x4.gt_s(a, b));
    // BinaryInt.GreaterEqualInt.
    return numbers(i32x4.ge_s(a, b));
  }
}

export class Power {
  @inline apply(opcode: i32, a: v128, b: v128): v128 {
    return power(a, b);
  }
}

/** 1 where a comparison holds, else 0. */
@inline
function numbers(holds: v128): v128 {
  return v128.and(holds, f32x4.splat(1));
}
