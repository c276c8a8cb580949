// y of a batch normalisation, plane by plane: by itself, with a sum and a relu, or with a relu and max-pooling.
import { storePair, storeUpToFour } from "./lanes";
import { normalized, scaleOf, shiftOf } from "./normalization";
import { evenLanes, isNumber, larger, largestOf, oddLanes, placesOf } from "./windows";

/**
 * Planes [from, to) of y = (x − mean)·scale + bias (+ residual), then, if `relu`, max(y, 0), where
 * scale = weight/√(variance + eps) and the mean is mean + rest. `rest`, `weight`, `bias` and `residual` are 0 where there is none.
 */
export function normalize(
  from: i32, to: i32, x: usize, mean: usize, variance: usize, rest: usize, weight: usize, bias: usize, residual: usize, out: usize,
  c: i32, inner: i32, eps: f32, relu: i32,
): void {
  // Nothing is less than NaN.
  const floor = f32x4.splat(relu ? 0 : NaN);
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
    let left = inner;
    for (; left >= 8; left -= 8) {
      let y = normalized(v128.load(at), centre, scale, shift);
      let z = normalized(v128.load(at, 16), centre, scale, shift);
      if (residual) {
        y = f32x4.add(y, v128.load(other));
        z = f32x4.add(z, v128.load(other, 16));
        other += 32;
      }
      storePair(target, v128.andnot(y, f32x4.le(y, floor)), v128.andnot(z, f32x4.le(z, floor)));
      at += 32;
      target += 32;
    }
    for (; left > 0; left -= 4) {
      let y = normalized(v128.load(at), centre, scale, shift);
      if (residual) y = f32x4.add(y, v128.load(other));
      y = v128.andnot(y, f32x4.le(y, floor));
      storeUpToFour(target, y, left);
      at += 16;
      other += 16;
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
  const windows = <usize>((h >> 1) * (w >> 1)) << 2;
  for (let p = from; p < to; p++) {
    const channel = <usize>(p % c) << 2;
    const scale = scaleOf(variance + channel, weight ? weight + channel : 0, eps);
    const centre = load<f32>(mean + channel);
    const shift = shiftOf(bias ? bias + channel : 0, rest ? rest + channel : 0, scale);
    const plane = x + (<usize>(p * h * w) << 2);
    const out = values + <usize>p * windows;
    const chosen = places ? places + <usize>p * windows : 0;
    if (!poolPlane(plane, centre, scale, shift, out, chosen, h, w)) poolAnything(plane, centre, scale, shift, out, chosen, h, w);
  }
}

/** One plane of `normalizeReluPool`; false if there is NaN, or infinities of both signs: then its results are wrong. */
function poolPlane(x: usize, mean: f32, factor: f32, bias: f32, values: usize, places: usize, h: i32, w: i32): bool {
  const scale = f32x4.splat(factor);
  const centre = f32x4.splat(mean);
  const shift = f32x4.splat(bias);
  const row = <usize>w << 2;
  let total = f32x4.splat(0);
  for (let y = 0; y + 1 < h; y += 2) {
    let at = x + <usize>y * row;
    let first = i32x4.add(i32x4.splat(y * w), i32x4(0, 2, 4, 6));
    for (let left = w >> 1; left > 0; left -= 4) {
      const a0 = normalized(v128.load(at), centre, scale, shift);
      const a1 = normalized(v128.load(at, 16), centre, scale, shift);
      const b0 = normalized(v128.load(at + row), centre, scale, shift);
      const b1 = normalized(v128.load(at + row, 16), centre, scale, shift);
      const a = evenLanes(a0, a1), b = oddLanes(a0, a1), c = evenLanes(b0, b1), d = oddLanes(b0, b1);
      const best = largestOf(a, b, c, d);
      const closed = f32x4.le(best, f32x4.splat(0));
      const chosen = i32x4.add(first, v128.andnot(placesOf(a, b, c, d, w), closed));
      const value = v128.andnot(best, closed);
      total = f32x4.add(total, f32x4.add(f32x4.add(a0, a1), f32x4.add(b0, b1)));
      storeUpToFour(values, value, left);
      if (places) storeUpToFour(places, chosen, left);
      const done = <usize>min(left, 4) << 2;
      values += done;
      if (places) places += done;
      at += 32;
      first = i32x4.add(first, i32x4.splat(8));
    }
  }
  return isNumber(total);
}

/** One plane of `normalizeReluPool`, whatever there is in it. */
function poolAnything(x: usize, centre: f32, scale: f32, shift: f32, values: usize, places: usize, h: i32, w: i32): void {
  for (let y = 0; y + 1 < h; y += 2) {
    for (let column = 0; column + 1 < w; column += 2) {
      const first = y * w + column;
      let best: f32 = 0;
      let place = first;
      for (let i = 0; i < 4; i++) {
        const at = first + (i & 1) + (i >> 1) * w;
        const value = (load<f32>(x + (<usize>at << 2)) - centre) * scale + shift;
        // The relu makes 0 of what is not larger.
        if (!larger(value, best)) continue;
        best = value;
        place = at;
      }
      store<f32>(values, best);
      values += 4;
      if (!places) continue;
      store<i32>(places, place);
      places += 4;
    }
  }
}
