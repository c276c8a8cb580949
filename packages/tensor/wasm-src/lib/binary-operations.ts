// Functions of two operands, four lanes at a time. Comparisons give the float32 numbers 1 and 0.
import { power } from "./power";

@unmanaged
export class Add {
  @inline apply(a: v128, b: v128): v128 {
    return f32x4.add(a, b);
  }
}

@unmanaged
export class Sub {
  @inline apply(a: v128, b: v128): v128 {
    return f32x4.sub(a, b);
  }
}

@unmanaged
export class Mul {
  @inline apply(a: v128, b: v128): v128 {
    return f32x4.mul(a, b);
  }
}

@unmanaged
export class Div {
  @inline apply(a: v128, b: v128): v128 {
    return f32x4.div(a, b);
  }
}

@unmanaged
export class Pow {
  @inline apply(a: v128, b: v128): v128 {
    return power(a, b);
  }
}

@unmanaged
export class Maximum {
  @inline apply(a: v128, b: v128): v128 {
    return f32x4.max(a, b);
  }
}

@unmanaged
export class Minimum {
  @inline apply(a: v128, b: v128): v128 {
    return f32x4.min(a, b);
  }
}

@unmanaged
export class Equal {
  @inline apply(a: v128, b: v128): v128 {
    return v128.and(f32x4.eq(a, b), f32x4.splat(1));
  }
}

@unmanaged
export class NotEqual {
  @inline apply(a: v128, b: v128): v128 {
    return v128.and(f32x4.ne(a, b), f32x4.splat(1));
  }
}

@unmanaged
export class Less {
  @inline apply(a: v128, b: v128): v128 {
    return v128.and(f32x4.lt(a, b), f32x4.splat(1));
  }
}

@unmanaged
export class LessEqual {
  @inline apply(a: v128, b: v128): v128 {
    return v128.and(f32x4.le(a, b), f32x4.splat(1));
  }
}

@unmanaged
export class Greater {
  @inline apply(a: v128, b: v128): v128 {
    return v128.and(f32x4.gt(a, b), f32x4.splat(1));
  }
}

@unmanaged
export class GreaterEqual {
  @inline apply(a: v128, b: v128): v128 {
    return v128.and(f32x4.ge(a, b), f32x4.splat(1));
  }
}

/** a where b > 0 or b is NaN, else 0: the gradient that a relu with result b lets through. */
@unmanaged
export class ReluGrad {
  @inline apply(a: v128, b: v128): v128 {
    return v128.andnot(a, f32x4.le(b, f32x4.splat(0)));
  }
}

@unmanaged
export class AddInt {
  @inline apply(a: v128, b: v128): v128 {
    return i32x4.add(a, b);
  }
}

@unmanaged
export class SubInt {
  @inline apply(a: v128, b: v128): v128 {
    return i32x4.sub(a, b);
  }
}

@unmanaged
export class MulInt {
  @inline apply(a: v128, b: v128): v128 {
    return i32x4.mul(a, b);
  }
}

@unmanaged
export class MaximumInt {
  @inline apply(a: v128, b: v128): v128 {
    return i32x4.max_s(a, b);
  }
}

@unmanaged
export class MinimumInt {
  @inline apply(a: v128, b: v128): v128 {
    return i32x4.min_s(a, b);
  }
}

@unmanaged
export class EqualInt {
  @inline apply(a: v128, b: v128): v128 {
    return v128.and(i32x4.eq(a, b), f32x4.splat(1));
  }
}

@unmanaged
export class NotEqualInt {
  @inline apply(a: v128, b: v128): v128 {
    return v128.and(i32x4.ne(a, b), f32x4.splat(1));
  }
}

@unmanaged
export class LessInt {
  @inline apply(a: v128, b: v128): v128 {
    return v128.and(i32x4.lt_s(a, b), f32x4.splat(1));
  }
}

@unmanaged
export class LessEqualInt {
  @inline apply(a: v128, b: v128): v128 {
    return v128.and(i32x4.le_s(a, b), f32x4.splat(1));
  }
}

@unmanaged
export class GreaterInt {
  @inline apply(a: v128, b: v128): v128 {
    return v128.and(i32x4.gt_s(a, b), f32x4.splat(1));
  }
}

@unmanaged
export class GreaterEqualInt {
  @inline apply(a: v128, b: v128): v128 {
    return v128.and(i32x4.ge_s(a, b), f32x4.splat(1));
  }
}
