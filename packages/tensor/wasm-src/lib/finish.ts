// What else is done with the results of a convolution while they are in the cache: a normalisation by constants, the sum with
// a tensor of the same shape, and a relu.
import { storeUpToEight } from "./lanes";
import { normalized, scaleOf, shiftOf } from "./normalization";

@unmanaged
export class Finish {
  /** Centre, factor and shift of each channel, as `channelConstants` makes them; 0 for no normalisation. */
  constants: usize;
  /** What is added; 0 for nothing. */
  residual: usize;
  relu: i32;
  /** Whether only the largest result of each window of 2 × 2 is kept. There is no residual then. */
  pools: i32;
}

/** Bytes of a channel's constants. */
const CONSTANTS: usize = 12;

/**
 * Of channels [from, to): the mean, weight/√(variance + eps), and the bias less what the mean lost by rounding, as
 * `normalize` of batch-norm.ts has them. `rest`, `weight` and `bias` are 0 where there is none.
 */
export function channelConstants(
  from: i32, to: i32, mean: usize, variance: usize, rest: usize, weight: usize, bias: usize, eps: f32, out: usize,
): void {
  for (let channel = from; channel < to; channel++) {
    const at = <usize>channel << 2;
    const target = out + <usize>channel * CONSTANTS;
    const factor = scaleOf(variance + at, weight ? weight + at : 0, eps);
    store<f32>(target, load<f32>(mean + at));
    store<f32>(target, factor, 4);
    store<f32>(target, shiftOf(bias ? bias + at : 0, rest ? rest + at : 0, factor), 8);
  }
}

/** Finishes planes [from, to) of y, of `size` values each. */
export function finishPlanes(from: i32, to: i32, finish: Finish, y: usize, channels: i32, size: i32): void {
  for (let plane = from; plane < to; plane++) {
    const offset = <usize>plane * (<usize>size << 2);
    finishRow(finish, plane % channels, y + offset, y + offset, offset, size);
  }
}

/** Finishes `count` neighbours of a channel; `offset` is how far they lie from the first result, in bytes. */
export function finishRow(finish: Finish, channel: i32, from: usize, to: usize, offset: usize, count: i32): void {
  const constants = finish.constants ? finish.constants + <usize>channel * CONSTANTS : 0;
  let centre = f32x4.splat(0), factor = centre, shift = centre;
  if (constants) {
    centre = v128.load32_splat(constants);
    factor = v128.load32_splat(constants, 4);
    shift = v128.load32_splat(constants, 8);
  }
  // Nothing is less than NaN.
  const floor = f32x4.splat(finish.relu ? 0 : NaN);
  let other = finish.residual ? finish.residual + offset : 0;
  for (; count > 0; count -= 8) {
    let y = v128.load(from), z = v128.load(from, 16);
    if (constants) {
      y = normalized(y, centre, factor, shift);
      z = normalized(z, centre, factor, shift);
    }
    if (other) {
      y = f32x4.add(y, v128.load(other));
      z = f32x4.add(z, v128.load(other, 16));
      other += 32;
    }
    y = v128.andnot(y, f32x4.le(y, floor));
    z = v128.andnot(z, f32x4.le(z, floor));
    storeUpToEight(to, y, z, count);
    from += 32;
    to += 32;
  }
}

/** Bytes of a `finishingOf`. */
export const FINISHING_BYTES: usize = 32;

/**
 * What `finished` does with the results of a channel, at `to`, which it returns: centre, factor, shift, and what a result must be larger
 * than, or 0: NaN for none. The last is that of what the residual is added to, where there is one; after it comes that of the sum.
 */
export function finishingOf(finish: Finish, channel: i32, to: usize): usize {
  const constants = finish.constants + <usize>channel * CONSTANTS;
  if (finish.constants) memory.copy(to, constants, CONSTANTS);
  else {
    store<f32>(to, 0);
    store<f32>(to, 1, 4);
    // What is added to −0 leaves it.
    store<f32>(to, -0.0, 8);
  }
  const floor: f32 = finish.relu ? 0 : NaN;
  store<f32>(to, finish.residual ? NaN : floor, 12);
  store<f32>(to, floor, 16);
  return to;
}

/** Finishes neighbours of a channel, but for a residual. */
@inline
export function finished(y: v128, finishing: usize): v128 {
  y = normalized(y, v128.load32_splat(finishing), v128.load32_splat(finishing, 4), v128.load32_splat(finishing, 8));
  return v128.andnot(y, f32x4.le(y, v128.load32_splat(finishing, 12)));
}
