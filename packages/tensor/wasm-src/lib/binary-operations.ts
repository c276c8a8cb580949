// Functions of two operands, four lanes at a time, of `T` where both float32 and int32 have them. Comparisons give the float32
// numbers 1 and 0.
import { power } from "./power";

export class Add<T> {
  @inline apply(a: v128, b: v128): v128 {
    return v128.add<T>(a, b);
  }
}

export class Sub<T> {
  @inline apply(a: v128, b: v128): v128 {
    return v128.sub<T>(a, b);
  }
}

export class Mul<T> {
  @inline apply(a: v128, b: v128): v128 {
    return v128.mul<T>(a, b);
  }
}

export class Div {
  @inline apply(a: v128, b: v128): v128 {
    return f32x4.div(a, b);
  }
}

export class Pow {
  @inline apply(a: v128, b: v128): v128 {
    return power(a, b);
  }
}

export class Maximum<T> {
  @inline apply(a: v128, b: v128): v128 {
    return v128.max<T>(a, b);
  }
}

export class Minimum<T> {
  @inline apply(a: v128, b: v128): v128 {
    return v128.min<T>(a, b);
  }
}

export class Equal<T> {
  @inline apply(a: v128, b: v128): v128 {
    return v128.and(v128.eq<T>(a, b), f32x4.splat(1));
  }
}

export class NotEqual<T> {
  @inline apply(a: v128, b: v128): v128 {
    return v128.and(v128.ne<T>(a, b), f32x4.splat(1));
  }
}

export class Less<T> {
  @inline apply(a: v128, b: v128): v128 {
    return v128.and(v128.lt<T>(a, b), f32x4.splat(1));
  }
}

export class LessEqual<T> {
  @inline apply(a: v128, b: v128): v128 {
    return v128.and(v128.le<T>(a, b), f32x4.splat(1));
  }
}

export class Greater<T> {
  @inline apply(a: v128, b: v128): v128 {
    return v128.and(v128.gt<T>(a, b), f32x4.splat(1));
  }
}

export class GreaterEqual<T> {
  @inline apply(a: v128, b: v128): v128 {
    return v128.and(v128.ge<T>(a, b), f32x4.splat(1));
  }
}

/** a where b > 0 or b is NaN, else 0: the gradient that a relu with result b lets through. */
export class ReluGrad {
  @inline apply(a: v128, b: v128): v128 {
    return v128.andnot(a, f32x4.le(b, f32x4.splat(0)));
  }
}
