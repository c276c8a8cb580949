// Functions of one operand, four lanes at a time, by their numbers. Wherever one is applied its number is a constant, and nothing is left
// of the choice. `s` and `t` are the op's scalar parameters in every lane. `pmax` and `pmin` keep their first operand if it is NaN, and
// are a single instruction; `max` and `min` are eight.
import { erf } from "./erf";
import { exp, sigmoid } from "./exp";
import { log, log1p } from "./log";
import { OrderUnary, Unary, UnaryFunction, UnaryInt } from "./opcodes";
import { tanh } from "./tanh";
import { sine } from "./trigonometry";

/** Those that are a few operations. */
export class UnaryOperations {
  @inline apply(opcode: i32, a: v128, s: v128, t: v128): v128 {
    if (opcode == Unary.Copy) return a;
    if (opcode == Unary.Neg) return f32x4.neg(a);
    if (opcode == Unary.Square) return f32x4.mul(a, a);
    if (opcode == Unary.Reciprocal) return f32x4.div(f32x4.splat(1), a);
    if (opcode == Unary.Sqrt) return f32x4.sqrt(a);
    if (opcode == Unary.Rsqrt) return f32x4.div(f32x4.splat(1), f32x4.sqrt(a));
    if (opcode == Unary.Exp) return exp(a);
    if (opcode == Unary.Relu) return f32x4.pmax(a, f32x4.splat(0));
    if (opcode == Unary.ToInt32) return i32x4.trunc_sat_f32x4_s(a);
    if (opcode == Unary.ToFloat32) return f32x4.convert_i32x4_s(a);
    if (opcode == OrderUnary.Abs) return f32x4.abs(a);
    if (opcode == OrderUnary.Sign) {
      const positive = v128.and(f32x4.gt(a, f32x4.splat(0)), f32x4.splat(1));
      return f32x4.sub(positive, v128.and(f32x4.lt(a, f32x4.splat(0)), f32x4.splat(1)));
    }
    // a above 0, s·a below.
    if (opcode == OrderUnary.LeakyRelu) return v128.bitselect(a, f32x4.mul(a, s), f32x4.gt(a, f32x4.splat(0)));
    // a within [s, t]; t wins where the bounds cross.
    if (opcode == OrderUnary.Clamp) return f32x4.pmin(f32x4.pmax(a, s), t);
    if (opcode == UnaryInt.NegInt) return i32x4.neg(a);
    if (opcode == UnaryInt.AbsInt) return i32x4.abs(a);
    if (opcode == UnaryInt.SignInt) return i32x4.max_s(i32x4.min_s(a, i32x4.splat(1)), i32x4.splat(-1));
    if (opcode == UnaryInt.SquareInt) return i32x4.mul(a, a);
    if (opcode == UnaryInt.ReluInt) return i32x4.max_s(a, i32x4.splat(0));
    // UnaryInt.ClampInt.
    return i32x4.min_s(i32x4.max_s(a, i32x4.trunc_sat_f32x4_s(s)), i32x4.trunc_sat_f32x4_s(t));
  }
}

export class UnaryFunctions {
  @inline apply(opcode: i32, a: v128, s: v128, t: v128): v128 {
    if (opcode == UnaryFunction.Log) return log(a);
    if (opcode == UnaryFunction.Log1p) return log1p(a);
    if (opcode == UnaryFunction.Sin) return sine(a, 0);
    if (opcode == UnaryFunction.Cos) return sine(a, 1);
    if (opcode == UnaryFunction.Tanh) return tanh(a);
    if (opcode == UnaryFunction.Sigmoid) return sigmoid(a);
    if (opcode == UnaryFunction.Erf) return erf(a);
    // a·Φ(a).
    if (opcode == UnaryFunction.Gelu) {
      const e = erf(f32x4.mul(a, f32x4.splat(0.7071067811865476)));
      return f32x4.mul(f32x4.mul(a, f32x4.splat(0.5)), f32x4.add(f32x4.splat(1), e));
    }
    if (opcode == UnaryFunction.GeluTanh) {
      const cube = f32x4.mul(f32x4.mul(a, a), a);
      const inner = f32x4.mul(f32x4.splat(0.7978845608028654), f32x4.add(a, f32x4.mul(f32x4.splat(0.044715), cube)));
      return f32x4.mul(f32x4.mul(a, f32x4.splat(0.5)), f32x4.add(f32x4.splat(1), tanh(inner)));
    }
    if (opcode == UnaryFunction.Silu) return f32x4.div(a, f32x4.add(f32x4.splat(1), exp(f32x4.neg(a))));
    // ln(1 + e^{s·a}) / s, and a itself where s·a > t.
    if (opcode == UnaryFunction.Softplus) {
      const z = f32x4.mul(a, s);
      const y = f32x4.add(f32x4.max(z, f32x4.splat(0)), log1p(exp(f32x4.neg(f32x4.abs(z)))));
      return v128.bitselect(a, f32x4.div(y, s), f32x4.gt(z, t));
    }
    // UnaryFunction.Elu: a above 0, s·(eᵃ − 1) below.
    return v128.bitselect(a, f32x4.mul(s, f32x4.sub(exp(a), f32x4.splat(1))), f32x4.gt(a, f32x4.splat(0)));
  }
}
