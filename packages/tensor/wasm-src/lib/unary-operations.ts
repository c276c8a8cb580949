// Functions of one operand, four lanes at a time, of `T` where float32 and int32 have the same. `s` and `t` are the op's scalar
// parameters in every lane. `pmax` and `pmin` keep their first operand if it is NaN, and are a single instruction; `max` and `min`
// are eight.
import { erf } from "./erf";
import { exp, sigmoid } from "./exp";
import { log, log1p } from "./log";
import { tanh } from "./tanh";
import { sine } from "./trigonometry";

export class Copy {
  @inline apply(a: v128, s: v128, t: v128): v128 {
    return a;
  }
}

export class Neg<T> {
  @inline apply(a: v128, s: v128, t: v128): v128 {
    return v128.neg<T>(a);
  }
}

export class Abs<T> {
  @inline apply(a: v128, s: v128, t: v128): v128 {
    return v128.abs<T>(a);
  }
}

export class Sign {
  @inline apply(a: v128, s: v128, t: v128): v128 {
    const one = f32x4.splat(1);
    const zero = f32x4.splat(0);
    return f32x4.sub(v128.and(f32x4.gt(a, zero), one), v128.and(f32x4.lt(a, zero), one));
  }
}

export class Square<T> {
  @inline apply(a: v128, s: v128, t: v128): v128 {
    return v128.mul<T>(a, a);
  }
}

export class Reciprocal {
  @inline apply(a: v128, s: v128, t: v128): v128 {
    return f32x4.div(f32x4.splat(1), a);
  }
}

export class Sqrt {
  @inline apply(a: v128, s: v128, t: v128): v128 {
    return f32x4.sqrt(a);
  }
}

export class Rsqrt {
  @inline apply(a: v128, s: v128, t: v128): v128 {
    return f32x4.div(f32x4.splat(1), f32x4.sqrt(a));
  }
}

export class Exp {
  @inline apply(a: v128, s: v128, t: v128): v128 {
    return exp(a);
  }
}

export class Log {
  @inline apply(a: v128, s: v128, t: v128): v128 {
    return log(a);
  }
}

export class Log1p {
  @inline apply(a: v128, s: v128, t: v128): v128 {
    return log1p(a);
  }
}

export class Sin {
  @inline apply(a: v128, s: v128, t: v128): v128 {
    return sine(a, 0);
  }
}

export class Cos {
  @inline apply(a: v128, s: v128, t: v128): v128 {
    return sine(a, 1);
  }
}

export class Tanh {
  @inline apply(a: v128, s: v128, t: v128): v128 {
    return tanh(a);
  }
}

export class Sigmoid {
  @inline apply(a: v128, s: v128, t: v128): v128 {
    return sigmoid(a);
  }
}

export class Erf {
  @inline apply(a: v128, s: v128, t: v128): v128 {
    return erf(a);
  }
}

export class Relu {
  @inline apply(a: v128, s: v128, t: v128): v128 {
    return f32x4.pmax(a, f32x4.splat(0));
  }
}

/** a above 0, s·a below. */
export class LeakyRelu {
  @inline apply(a: v128, s: v128, t: v128): v128 {
    return v128.bitselect(a, f32x4.mul(a, s), f32x4.gt(a, f32x4.splat(0)));
  }
}

/** a·Φ(a). */
export class Gelu {
  @inline apply(a: v128, s: v128, t: v128): v128 {
    const half = f32x4.splat(0.5);
    const e = erf(f32x4.mul(a, f32x4.splat(0.7071067811865476)));
    return f32x4.mul(f32x4.mul(a, half), f32x4.add(f32x4.splat(1), e));
  }
}

export class GeluTanh {
  @inline apply(a: v128, s: v128, t: v128): v128 {
    const cube = f32x4.mul(f32x4.mul(a, a), a);
    const inner = f32x4.mul(f32x4.splat(0.7978845608028654), f32x4.add(a, f32x4.mul(f32x4.splat(0.044715), cube)));
    return f32x4.mul(f32x4.mul(a, f32x4.splat(0.5)), f32x4.add(f32x4.splat(1), tanh(inner)));
  }
}

export class Silu {
  @inline apply(a: v128, s: v128, t: v128): v128 {
    return f32x4.div(a, f32x4.add(f32x4.splat(1), exp(f32x4.neg(a))));
  }
}

/** ln(1 + e^{s·a}) / s, and a itself where s·a > t. */
export class Softplus {
  @inline apply(a: v128, s: v128, t: v128): v128 {
    const z = f32x4.mul(a, s);
    const y = f32x4.add(f32x4.max(z, f32x4.splat(0)), log1p(exp(f32x4.neg(f32x4.abs(z)))));
    return v128.bitselect(a, f32x4.div(y, s), f32x4.gt(z, t));
  }
}

/** a above 0, s·(eᵃ − 1) below. */
export class Elu {
  @inline apply(a: v128, s: v128, t: v128): v128 {
    const y = f32x4.mul(s, f32x4.sub(exp(a), f32x4.splat(1)));
    return v128.bitselect(a, y, f32x4.gt(a, f32x4.splat(0)));
  }
}

/** a within [s, t]; t wins where the bounds cross. */
export class Clamp {
  @inline apply(a: v128, s: v128, t: v128): v128 {
    return f32x4.pmin(f32x4.pmax(a, s), t);
  }
}

export class ToInt32 {
  @inline apply(a: v128, s: v128, t: v128): v128 {
    return i32x4.trunc_sat_f32x4_s(a);
  }
}

export class ToFloat32 {
  @inline apply(a: v128, s: v128, t: v128): v128 {
    return f32x4.convert_i32x4_s(a);
  }
}

export class SignInt {
  @inline apply(a: v128, s: v128, t: v128): v128 {
    const one = i32x4.splat(1);
    return i32x4.max_s(i32x4.min_s(a, one), i32x4.splat(-1));
  }
}

export class ReluInt {
  @inline apply(a: v128, s: v128, t: v128): v128 {
    return i32x4.max_s(a, i32x4.splat(0));
  }
}

export class ClampInt {
  @inline apply(a: v128, s: v128, t: v128): v128 {
    return i32x4.min_s(i32x4.max_s(a, i32x4.trunc_sat_f32x4_s(s)), i32x4.trunc_sat_f32x4_s(t));
  }
}
