// The bits that random numbers are made of: those of counter i depend on the key (low, high) and on i alone.

@inline
function mix(x: v128): v128 {
  let h = v128.xor(x, i32x4.shr_u(x, 16));
  h = i32x4.mul(h, i32x4.splat(0x7feb352d));
  h = v128.xor(h, i32x4.shr_u(h, 15));
  h = i32x4.mul(h, i32x4.splat(0x846ca68b));
  return v128.xor(h, i32x4.shr_u(h, 16));
}

/** 24 random bits for each of the counters i … i + 3. */
@inline
export function bits(i: i32, low: v128, high: v128): v128 {
  const counters = i32x4.mul(i32x4.add(i32x4.splat(i), i32x4(0, 1, 2, 3)), i32x4.splat(0x9e3779b9));
  return i32x4.shr_u(mix(v128.xor(mix(v128.xor(counters, low)), high)), 8);
}
