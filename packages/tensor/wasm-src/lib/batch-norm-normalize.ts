// y of a batch normalisation, plane by plane: by itself, with a sum and a relu, or with a relu and max-pooling.
import { storePart } from "./lanes";
import { scaleOf, shiftOf } from "./normalization";
import { chooseLarger } from "./windows";

/**
 * Planes [from, to) of y = (x − mean)·scale + bias (+ residual), then, if `relu`, max(y, 0), where
 * scale = weight/√(variance + eps) and the mean is mean + rest. `rest`, `weight`, `bias` and `residual` are 0 where there is none.
 */
export function normalize(
  from: i32, to: i32, x: usize, mean: usize, variance: usize, rest: usize, weight: usize, bias: usize, residual: usize, out: usize,
  c: i32, inner: i32, eps: f32, relu: i32,
): void {
  const floor = f32x4.splat(relu ? 0 : -Infinity);
  for (let p = from; p < to; p++) {
    const channel = <usize>(p % c) << 2;
    const factor = scaleOf(variance + channel, weight ? weight + channel : 0, eps);
    const scale = f32x4.splat(factor);
    const centre = f32x4.splat(load<f32>(mean + channel));
    const shift = f32x4.splat(shiftOf(bias ? bias + channel : 0, rest ? rest + channel : 0, factor));
    const offset = <usize>p * <usize>inner << 2;
    let at = x + offset;
    let target = out + offset;
    let other = residual + offset;
    for (let left = inner; left > 0; left -= 4) {
      let y = f32x4.add(f32x4.mul(f32x4.sub(v128.load(at), centre), scale), shift);
      if (residual) {
        y = f32x4.add(y, v128.load(other));
        other += 16;
      }
      y = f32x4.max(y, floor);
      if (left >= 4) v128.store(target, y);
      else storePart(target, y, left);
      at += 16;
      target += 16;
    }
  }
}

/**
 * Planes [from, to) of a normalisation as in `normalize`, a relu, and the largest of each 2 × 2 window, side by side, with
 * its place in the plane, unless `places` is 0; what does not fill a window is left out. Of equals the first is taken, and NaN
 * wins.
 */
export function normalizeReluPool(
  from: i32, to: i32, x: usize, mean: usize, variance: usize, rest: usize, weight: usize, bias: usize, values: usize, places: usize,
  c: i32, h: i32, w: i32, eps: f32,
): void {
  const rows = h >> 1;
  const columns = w >> 1;
  const row = <usize>w << 2;
  for (let p = from; p < to; p++) {
    const channel = <usize>(p % c) << 2;
    const factor = scaleOf(variance + channel, weight ? weight + channel : 0, eps);
    const scale = f32x4.splat(factor);
    const centre = f32x4.splat(load<f32>(mean + channel));
    const shift = f32x4.splat(shiftOf(bias ? bias + channel : 0, rest ? rest + channel : 0, factor));
    const plane = x + (<usize>(p * h * w) << 2);
    let out = <usize>(p * rows * columns) << 2;
    for (let y = 0; y < rows; y++) {
      let at = plane + <usize>(2 * y) * row;
      let place = 2 * y * w;
      for (let left = columns; left > 0; left -= 4) {
        const a0 = positive(v128.load(at), centre, scale, shift);
        const a1 = positive(v128.load(at, 16), centre, scale, shift);
        const b0 = positive(v128.load(at + row), centre, scale, shift);
        const b1 = positive(v128.load(at + row, 16), centre, scale, shift);
        const first = i32x4.add(i32x4.splat(place), i32x4(0, 2, 4, 6));
        let best = i32x4.shuffle(a0, a1, 0, 2, 4, 6);
        let chosen = first;
        let value = i32x4.shuffle(a0, a1, 1, 3, 5, 7);
        let wins = chooseLarger(value, best);
        best = v128.bitselect(value, best, wins);
        chosen = v128.bitselect(i32x4.add(first, i32x4.splat(1)), chosen, wins);
        value = i32x4.shuffle(b0, b1, 0, 2, 4, 6);
        wins = chooseLarger(value, best);
        best = v128.bitselect(value, best, wins);
        chosen = v128.bitselect(i32x4.add(first, i32x4.splat(w)), chosen, wins);
        value = i32x4.shuffle(b0, b1, 1, 3, 5, 7);
        wins = chooseLarger(value, best);
        best = v128.bitselect(value, best, wins);
        chosen = v128.bitselect(i32x4.add(first, i32x4.splat(w + 1)), chosen, wins);
        if (left >= 4) {
          v128.store(values + out, best);
          if (places) v128.store(places + out, chosen);
          out += 16;
        } else {
          storePart(values + out, best, left);
          if (places) storePart(places + out, chosen, left);
          out += <usize>left << 2;
        }
        at += 32;
        place += 8;
      }
    }
  }
}

@inline
function positive(x: v128, centre: v128, scale: v128, shift: v128): v128 {
  return f32x4.max(f32x4.add(f32x4.mul(f32x4.sub(x, centre), scale), shift), f32x4.splat(0));
}
