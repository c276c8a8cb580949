// Steps of optimizers.

/** All bits, or none if the factor is 0. */
@inline
export function maskUnlessZero(factor: f32): v128 {
  return i32x4.splat(factor == 0 ? 0 : -1);
}
