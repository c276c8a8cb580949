// Elementwise kernels.

@unmanaged
class Add {
  @inline vector(a: v128, b: v128): v128 {
    return f32x4.add(a, b);
  }
  @inline scalar(a: f32, b: f32): f32 {
    return a + b;
  }
}

@unmanaged
class Mul {
  @inline vector(a: v128, b: v128): v128 {
    return f32x4.mul(a, b);
  }
  @inline scalar(a: f32, b: f32): f32 {
    return a * b;
  }
}

function flat<O>(from: i32, to: i32, a: usize, b: usize, out: usize): void {
  const op = changetype<O>(0);
  let i = from;
  for (; i + 4 <= to; i += 4) {
    const at = <usize>i << 2;
    v128.store(out + at, op.vector(v128.load(a + at), v128.load(b + at)));
  }
  for (; i < to; i++) {
    const at = <usize>i << 2;
    store<f32>(out + at, op.scalar(load<f32>(a + at), load<f32>(b + at)));
  }
}

export function binaryFlat(from: i32, to: i32, op: i32, a: usize, b: usize, out: usize): void {
  switch (op) {
    case 0: flat<Add>(from, to, a, b, out); break;
    case 1: flat<Mul>(from, to, a, b, out); break;
  }
}
