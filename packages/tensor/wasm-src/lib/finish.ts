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
  const floor = f32x4.splat(finish.relu ? 0 : -Infinity);
  const constants = finish.constants ? finish.constants + <usize>channel * CONSTANTS : 0;
  let centre = f32x4.splat(0), factor = f32x4.splat(1), shift = centre;
  if (constants) {
    centre = v128.load32_splat(constants);
    factor = v128.load32_splat(constants, 4);
    shift = v128.load32_splat(constants, 8);
  }
  let residual = finish.residual ? finish.residual + offset : 0;
  for (; count > 0; count -= 4) {
    let y = v128.load(at);
    if (constants) y = f32x4.add(f32x4.mul(f32x4.sub(y, centre), factor), shift);
    if (residual) {
      y = f32x4.add(y, v128.load(residual));
      residual += 16;
    }
    y = f32x4.max(y, floor);
    if (count >= 4) v128.store(at, y);
    else storePart(at, y, count);
    at += 16;
  }
}
