// What else is done with the results of a convolution while they are in the cache: a normalisation by constants, the sum with
// a tensor of the same shape, and a relu.
import { storePart } from "./lanes";
import { scaleOf } from "./normalization";

@unmanaged
export class Finish {
  /** Centre, factor and shift of each channel, as `channelConstants` makes them; 0 for no normalisation. */
  constants: usize;
  /** What is added; 0 for nothing. */
  residual: usize;
  relu: i32;
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
    store<f32>(target, (bias ? load<f32>(bias + at) : 0) - factor * (rest ? load<f32>(rest + at) : 0), 8);
  }
}

/** Finishes planes [from, to) of y, of `size` values each. */
export function finishPlanes(from: i32, to: i32, finish: usize, y: usize, channels: i32, size: i32): void {
  for (let plane = from; plane < to; plane++) {
    const offset = <usize>plane * (<usize>size << 2);
    finishRow(changetype<Finish>(finish), plane % channels, y + offset, offset, size);
  }
}

/** Finishes `count` neighbours of a channel, in place; `offset` is how far they lie from the first result, in bytes. */
export function finishRow(finish: Finish, channel: i32, at: usize, offset: usize, count: i32): void {
  for (; count > 0; count -= 4) {
    const y = finishFour(finish, channel, v128.load(at), offset);
    if (count >= 4) v128.store(at, y);
    else storePart(at, y, count);
    at += 16;
    offset += 16;
  }
}

/** Finishes four neighbours of a channel. */
@inline
export function finishFour(finish: Finish, channel: i32, y: v128, offset: usize): v128 {
  if (finish.constants) {
    const constants = finish.constants + <usize>channel * CONSTANTS;
    const centred = f32x4.sub(y, v128.load32_splat(constants));
    y = f32x4.add(f32x4.mul(centred, v128.load32_splat(constants, 4)), v128.load32_splat(constants, 8));
  }
  if (finish.residual) y = f32x4.add(y, v128.load(finish.residual + offset));
  return finish.relu ? f32x4.max(y, f32x4.splat(0)) : y;
}
