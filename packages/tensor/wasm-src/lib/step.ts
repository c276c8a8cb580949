// Steps of optimizers: two vectors at once.
import { storePair, storeUpToFour } from "./lanes";

/** All bits, or none if the factor is 0. */
@inline
export function maskUnlessZero(factor: f32): v128 {
  return i32x4.splat(factor == 0 ? 0 : -1);
}

/** Writes two vectors, or what of them is left. */
@inline
export function write(at: usize, a: v128, b: v128, left: i32): void {
  if (left >= 8) {
    storePair(at, a, b);
  } else {
    storeUpToFour(at, a, left);
    if (left > 4) storeUpToFour(at + 16, b, left - 4);
  }
}
