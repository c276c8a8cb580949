// Batch normalisation of x [n, c, inner], channel by channel. A plane is the `inner` values of one picture and channel.
import { storePart, sumLanes } from "./lib/lanes";
import { scaleOf } from "./lib/normalization";

/**
 * Mean and biased variance of channels [from, to), and what the mean lost by rounding.
 *
 * Deviations are summed not from zero but from the mean of the first plane, so that a large mean does not swallow the
 * variance: n planes have a variance of at least 1/n of the square of what any one's mean is away from that of all, so
 * little can be lost to cancellation. Sums are float32 within a plane and float64 over planes. Where they overflowed, or met
 * an infinity or NaN, `plainStatistics` makes them anew.
 */
export function statistics(from: i32, to: i32, x: usize, n: i32, c: i32, inner: i32, mean: usize, variance: usize, rest: usize): void {
  const plane = <usize>inner << 2;
  const picture = plane * <usize>c;
  for (let channel = from; channel < to; channel++) {
    const first = x + plane * <usize>channel;
    const origin = planeMean(first, inner);
    const origins = f32x4.splat(origin);
    let sum: f64 = 0;
    let squares: f64 = 0;
    for (let i = 0; i < n; i++) {
      let at = first + picture * <usize>i;
      let s0 = f32x4.splat(0), s1 = s0, q0 = s0, q1 = s0;
      let left = inner;
      for (; left >= 8; left -= 8) {
        const a = f32x4.sub(v128.load(at), origins);
        const b = f32x4.sub(v128.load(at, 16), origins);
        s0 = f32x4.add(s0, a);
        s1 = f32x4.add(s1, b);
        q0 = f32x4.add(q0, f32x4.mul(a, a));
        q1 = f32x4.add(q1, f32x4.mul(b, b));
        at += 32;
      }
      sum += <f64>sumLanes(f32x4.add(s0, s1));
      squares += <f64>sumLanes(f32x4.add(q0, q1));
      for (; left > 0; left--) {
        const d = <f64>(load<f32>(at) - origin);
        sum += d;
        squares += d * d;
        at += 4;
      }
    }
    const count = <f64>n * <f64>inner;
    const shift = sum / count;
    const exact = <f64>origin + shift;
    if (!(abs<f64>(squares) < Infinity)) {
      plainStatistics(first, picture, n, inner, mean + (<usize>channel << 2), variance + (<usize>channel << 2), rest + (<usize>channel << 2));
      continue;
    }
    store<f32>(mean + (<usize>channel << 2), <f32>exact);
    store<f32>(rest + (<usize>channel << 2), <f32>(exact - <f64><f32>exact));
    store<f32>(variance + (<usize>channel << 2), <f32>max<f64>(squares / count - shift * shift, 0));
  }
}

/** `statistics` of one channel, whose planes are `picture` bytes apart: two passes in float64. An infinite mean stays one. */
function plainStatistics(first: usize, picture: usize, n: i32, inner: i32, mean: usize, variance: usize, rest: usize): void {
  const plane = <usize>inner << 2;
  const count = <f64>n * <f64>inner;
  let sum: f64 = 0;
  for (let i = 0; i < n; i++) {
    const from = first + picture * <usize>i;
    for (let at = from; at < from + plane; at += 4) sum += <f64>load<f32>(at);
  }
  const exact = sum / count;
  let squares: f64 = 0;
  for (let i = 0; i < n; i++) {
    const from = first + picture * <usize>i;
    for (let at = from; at < from + plane; at += 4) {
      const d = <f64>load<f32>(at) - exact;
      squares += d * d;
    }
  }
  store<f32>(mean, <f32>exact);
  store<f32>(rest, <f32>(exact - <f64><f32>exact));
  store<f32>(variance, <f32>(squares / count));
}

function planeMean(at: usize, inner: i32): f32 {
  let s0 = f32x4.splat(0), s1 = s0;
  let left = inner;
  for (; left >= 8; left -= 8) {
    s0 = f32x4.add(s0, v128.load(at));
    s1 = f32x4.add(s1, v128.load(at, 16));
    at += 32;
  }
  let sum = <f64>sumLanes(f32x4.add(s0, s1));
  for (; left > 0; left--) {
    sum += <f64>load<f32>(at);
    at += 4;
  }
  return <f32>(sum / <f64>inner);
}

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
    const shift = f32x4.splat((bias ? load<f32>(bias + channel) : 0) - factor * (rest ? load<f32>(rest + channel) : 0));
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
 * `gradientSums` and then `gradientApply` for channels [from, to), one channel after the other, so that it is still in the
 * cache when it is read again.
 */
export function gradient(
  from: i32, to: i32, grad: usize, x: usize, mean: usize, variance: usize, rest: usize, weight: usize, result: usize,
  gradWeight: usize, gradBias: usize, out: usize, n: i32, c: i32, inner: i32, eps: f32, constant: i32,
): void {
  for (let channel = from; channel < to; channel++) {
    gradientSums(channel, channel + 1, grad, x, mean, variance, rest, result, gradWeight, gradBias, n, c, inner, eps);
    for (let p = channel; p < n * c; p += c) {
      gradientApply(p, p + 1, grad, x, mean, variance, rest, weight, result, gradWeight, gradBias, out, n, c, inner, eps, constant);
    }
  }
}

/**
 * For channels [from, to): gradWeight = Σ g·x̂ and gradBias = Σ g, with x̂ = (x − mean)/√(variance + eps). Where
 * `result`, that of a relu after the normalisation, is not 0, g counts only where it is positive.
 */
function gradientSums(
  from: i32, to: i32, grad: usize, x: usize, mean: usize, variance: usize, rest: usize, result: usize, gradWeight: usize, gradBias: usize,
  n: i32, c: i32, inner: i32, eps: f32,
): void {
  const plane = <usize>inner << 2;
  const picture = plane * <usize>c;
  for (let channel = from; channel < to; channel++) {
    const at = <usize>channel << 2;
    const centre = f32x4.splat(load<f32>(mean + at));
    let sum: f64 = 0;
    let product: f64 = 0;
    for (let i = 0; i < n; i++) {
      const offset = plane * <usize>channel + picture * <usize>i;
      let s = f32x4.splat(0), q = s, s1 = s, q1 = s;
      let j: usize = 0;
      for (; j + 32 <= plane; j += 32) {
        const g = gradientAt(grad, result, offset + j);
        const h = gradientAt(grad, result, offset + j + 16);
        s = f32x4.add(s, g);
        s1 = f32x4.add(s1, h);
        q = f32x4.add(q, f32x4.mul(g, f32x4.sub(v128.load(x + offset + j), centre)));
        q1 = f32x4.add(q1, f32x4.mul(h, f32x4.sub(v128.load(x + offset + j, 16), centre)));
      }
      sum += <f64>sumLanes(f32x4.add(s, s1));
      product += <f64>sumLanes(f32x4.add(q, q1));
      for (; j < plane; j += 4) {
        const g = f32x4.extract_lane(gradientAt(grad, result, offset + j), 0);
        sum += <f64>g;
        product += <f64>g * <f64>(load<f32>(x + offset + j) - f32x4.extract_lane(centre, 0));
      }
    }
    if (rest) product -= sum * <f64>load<f32>(rest + at);
    store<f32>(gradWeight + at, <f32>(product / Math.sqrt(<f64>load<f32>(variance + at) + <f64>eps)));
    store<f32>(gradBias + at, <f32>sum);
  }
}

/** Four values of g, zero where the relu's result is not positive; NaN results let g pass. */
@inline
function gradientAt(grad: usize, result: usize, offset: usize): v128 {
  const g = v128.load(grad + offset);
  if (!result) return g;
  return v128.andnot(g, f32x4.le(v128.load(result + offset), f32x4.splat(0)));
}

/**
 * Planes [from, to) of the gradient of x: scale·(g − gradBias/N − x̂·gradWeight/N); with constant statistics (eval mode)
 * scale·g. N = n·inner.
 */
function gradientApply(
  from: i32, to: i32, grad: usize, x: usize, mean: usize, variance: usize, rest: usize, weight: usize, result: usize,
  gradWeight: usize, gradBias: usize, out: usize, n: i32, c: i32, inner: i32, eps: f32, constant: i32,
): void {
  const count = <f32>n * <f32>inner;
  for (let p = from; p < to; p++) {
    const channel = <usize>(p % c) << 2;
    const factor = scaleOf(variance + channel, weight ? weight + channel : 0, eps);
    const scale = f32x4.splat(factor);
    const offset = <usize>p * <usize>inner << 2;
    // dx = scale·g + slope·(x − mean) + shift
    const slope = constant ? <f32>0 : -factor * load<f32>(gradWeight + channel) / count * scaleOf(variance + channel, 0, eps);
    const shift = constant ? <f32>0 : -factor * load<f32>(gradBias + channel) / count - (rest ? slope * load<f32>(rest + channel) : 0);
    const slopes = f32x4.splat(slope);
    const shifts = f32x4.splat(shift);
    const centre = f32x4.splat(load<f32>(mean + channel));
    for (let left = inner, at = offset; left > 0; left -= 4, at += 16) {
      let d = f32x4.mul(scale, gradientAt(grad, result, at));
      if (!constant) d = f32x4.add(f32x4.add(d, f32x4.mul(slopes, f32x4.sub(v128.load(x + at), centre))), shifts);
      if (left >= 4) v128.store(out + at, d);
      else storePart(out + at, d, left);
    }
  }
}

/**
 * running = (1 − α)·running + α·value for the means, and for the variances with α·N/(N − 1)·value. `count` is 0 or the
 * address of the number of batches seen, which grows by one; with `cumulative`, α is one over it.
 */
export function updateRunning(
  c: i32, runningMean: usize, runningVar: usize, mean: usize, variance: usize, count: usize, momentum: f32, cumulative: i32, unbias: f32,
): void {
  let alpha = momentum;
  if (count) {
    const seen = load<i32>(count) + 1;
    store<i32>(count, seen);
    if (cumulative) alpha = <f32>1 / <f32>seen;
  }
  for (let i: usize = 0; i < <usize>c << 2; i += 4) {
    if (runningMean) store<f32>(runningMean + i, (1 - alpha) * load<f32>(runningMean + i) + alpha * load<f32>(mean + i));
    if (runningVar) store<f32>(runningVar + i, (1 - alpha) * load<f32>(runningVar + i) + alpha * unbias * load<f32>(variance + i));
  }
}

/**
 * Planes [from, to) of a normalisation as in `normalize`, a relu, and the largest of each 2 × 2 window, side by side, with
 * its place in the plane; what does not fill a window is left out. Of equals the first is taken, and NaN wins.
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
    const shift = f32x4.splat((bias ? load<f32>(bias + channel) : 0) - factor * (rest ? load<f32>(rest + channel) : 0));
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
        let wins = exceeds(value, best);
        best = v128.bitselect(value, best, wins);
        chosen = v128.bitselect(i32x4.add(first, i32x4.splat(1)), chosen, wins);
        value = i32x4.shuffle(b0, b1, 0, 2, 4, 6);
        wins = exceeds(value, best);
        best = v128.bitselect(value, best, wins);
        chosen = v128.bitselect(i32x4.add(first, i32x4.splat(w)), chosen, wins);
        value = i32x4.shuffle(b0, b1, 1, 3, 5, 7);
        wins = exceeds(value, best);
        best = v128.bitselect(value, best, wins);
        chosen = v128.bitselect(i32x4.add(first, i32x4.splat(w + 1)), chosen, wins);
        if (left >= 4) {
          v128.store(values + out, best);
          v128.store(places + out, chosen);
          out += 16;
        } else {
          storePart(values + out, best, left);
          storePart(places + out, chosen, left);
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

/** Where a value is larger than the best so far, or NaN. */
@inline
function exceeds(value: v128, best: v128): v128 {
  return v128.or(f32x4.gt(value, best), f32x4.ne(value, value));
}

/**
 * `gradient` where a relu and then max-pooling of 2 × 2 windows side by side followed: `grad` is that of the windows, and
 * `places` says where in the plane of h rows and w columns their largest values stood. Windows of which the relu let
 * nothing through do not count.
 */
export function pooledGradient(
  from: i32, to: i32, grad: usize, places: usize, x: usize, mean: usize, variance: usize, rest: usize, weight: usize, bias: usize,
  gradWeight: usize, gradBias: usize, out: usize, n: i32, c: i32, h: i32, w: i32, eps: f32, constant: i32,
): void {
  const inner = h * w;
  const windows = (h >> 1) * (w >> 1);
  const planeBytes = <usize>inner << 2;
  const windowBytes = <usize>windows << 2;
  const count = <f32>n * <f32>inner;
  // Four windows at a time, if they fill the plane.
  const even = (h & 1) == 0 && (w & 1) == 0 && w >= 8;
  for (let channel = from; channel < to; channel++) {
    const at = <usize>channel << 2;
    const inverse = scaleOf(variance + at, 0, eps);
    const factor = scaleOf(variance + at, weight ? weight + at : 0, eps);
    const centre = load<f32>(mean + at);
    const lost: f32 = rest ? load<f32>(rest + at) : 0;
    // The relu let through where (x − centre)·factor + bound > 0.
    const bound = (bias ? load<f32>(bias + at) : 0) - factor * lost;
    let sum: f64 = 0;
    let product: f64 = 0;
    for (let p = channel; p < n * c; p += c) {
      const g = grad + <usize>p * windowBytes;
      const from = places + <usize>p * windowBytes;
      const plane = x + <usize>p * planeBytes;
      const sums = even ? sumPairs(g, from, plane, h, w, centre, factor, bound) : sumWindows(g, from, plane, windows, centre, factor, bound);
      sum += f64x2.extract_lane(sums, 0);
      product += f64x2.extract_lane(sums, 1);
    }
    product -= sum * <f64>lost;
    const weightGradient = <f32>(product / Math.sqrt(<f64>load<f32>(variance + at) + <f64>eps));
    store<f32>(gradWeight + at, weightGradient);
    store<f32>(gradBias + at, <f32>sum);
    // dx = factor·g + slope·(x − mean) + shift
    const slope = constant ? <f32>0 : -factor * weightGradient / count * inverse;
    const shift = constant ? <f32>0 : -factor * <f32>sum / count - slope * lost;
    for (let p = channel; p < n * c; p += c) {
      const g = grad + <usize>p * windowBytes;
      const from = places + <usize>p * windowBytes;
      const offset = <usize>p * planeBytes;
      if (even) applyPairs(g, from, x + offset, out + offset, h, w, centre, factor, bound, slope, shift);
      else applyWindows(g, from, x + offset, out + offset, inner, windows, centre, factor, bound, slope, shift);
    }
  }
}

/** Of a plane, Σ g and Σ g·(x − centre) over the largest values of windows that the relu let through. */
function sumWindows(g: usize, places: usize, x: usize, windows: i32, centre: f32, factor: f32, bound: f32): v128 {
  let s: f32 = 0;
  let q: f32 = 0;
  for (let window: usize = 0; window < <usize>windows << 2; window += 4) {
    const d = load<f32>(x + (<usize>load<i32>(places + window) << 2)) - centre;
    const value: f32 = d * factor + bound <= 0 ? 0 : load<f32>(g + window);
    s += value;
    q += value * d;
  }
  return pair(s, q);
}

/** `sumWindows` where windows fill the plane, four at a time. The last four of a row may overlap those before. */
function sumPairs(g: usize, places: usize, x: usize, h: i32, w: i32, centre: f32, factor: f32, bound: f32): v128 {
  const columns = w >> 1;
  const row = <usize>w << 2;
  const centres = f32x4.splat(centre);
  const factors = f32x4.splat(factor);
  const bounds = f32x4.splat(bound);
  let s = f32x4.splat(0), q = s;
  for (let y = 0; y < h; y += 2) {
    for (let column = 0; column < columns; column += 4) {
      const first = min(column, columns - 4);
      const at = <usize>((y >> 1) * columns + first) << 2;
      const from = placesInWindows(places + at, y * w + 2 * first);
      const top = x + (<usize>(y * w + 2 * first) << 2);
      const a0 = v128.load(top);
      const a1 = v128.load(top, 16);
      const b0 = v128.load(top + row);
      const b1 = v128.load(top + row, 16);
      const upper = v128.bitselect(i32x4.shuffle(a0, a1, 0, 2, 4, 6), i32x4.shuffle(a0, a1, 1, 3, 5, 7), i32x4.eq(from, i32x4.splat(0)));
      const lower = v128.bitselect(i32x4.shuffle(b0, b1, 0, 2, 4, 6), i32x4.shuffle(b0, b1, 1, 3, 5, 7), i32x4.eq(from, i32x4.splat(w)));
      const d = f32x4.sub(v128.bitselect(upper, lower, i32x4.lt_s(from, i32x4.splat(w))), centres);
      let value = v128.andnot(v128.load(g + at), f32x4.le(f32x4.add(f32x4.mul(d, factors), bounds), f32x4.splat(0)));
      if (first < column) value = v128.and(value, i32x4.ge_s(i32x4(0, 1, 2, 3), i32x4.splat(column - first)));
      s = f32x4.add(s, value);
      q = f32x4.add(q, f32x4.mul(value, d));
    }
  }
  return pair(sumLanes(s), sumLanes(q));
}

@inline
function pair(a: f32, b: f32): v128 {
  return f64x2.replace_lane(f64x2.splat(<f64>a), 1, <f64>b);
}

/** Where in its window each of four largest values stood: 0, 1, w or w + 1; `place` is that of the first window. */
@inline
function placesInWindows(places: usize, place: i32): v128 {
  return i32x4.sub(v128.load(places), i32x4.add(i32x4.splat(place), i32x4(0, 2, 4, 6)));
}

/** The gradient of a plane of x: slope·(x − centre) + shift, and factor·g for the values that `sumWindows` counts. */
function applyWindows(
  g: usize, places: usize, x: usize, out: usize, inner: i32, windows: i32, centre: f32, factor: f32, bound: f32, slope: f32, shift: f32,
): void {
  for (let left = inner, at: usize = 0; left > 0; left -= 4, at += 16) {
    const d = f32x4.add(f32x4.mul(f32x4.splat(slope), f32x4.sub(v128.load(x + at), f32x4.splat(centre))), f32x4.splat(shift));
    if (left >= 4) v128.store(out + at, d);
    else storePart(out + at, d, left);
  }
  for (let window: usize = 0; window < <usize>windows << 2; window += 4) {
    const place = <usize>load<i32>(places + window) << 2;
    const y = (load<f32>(x + place) - centre) * factor + bound;
    if (!(y <= 0)) store<f32>(out + place, load<f32>(out + place) + factor * load<f32>(g + window));
  }
}

/** `applyWindows` where windows fill the plane, as in `sumPairs`. */
function applyPairs(
  g: usize, places: usize, x: usize, out: usize, h: i32, w: i32, centre: f32, factor: f32, bound: f32, slope: f32, shift: f32,
): void {
  const columns = w >> 1;
  const row = <usize>w << 2;
  const centres = f32x4.splat(centre);
  const factors = f32x4.splat(factor);
  const bounds = f32x4.splat(bound);
  const slopes = f32x4.splat(slope);
  const shifts = f32x4.splat(shift);
  for (let y = 0; y < h; y += 2) {
    for (let column = 0; column < columns; column += 4) {
      column = min(column, columns - 4);
      const at = <usize>((y >> 1) * columns + column) << 2;
      const place = y * w + 2 * column;
      const from = placesInWindows(places + at, place);
      const value = f32x4.mul(factors, v128.load(g + at));
      const a = v128.and(value, i32x4.eq(from, i32x4.splat(0)));
      const b = v128.and(value, i32x4.eq(from, i32x4.splat(1)));
      const c = v128.and(value, i32x4.eq(from, i32x4.splat(w)));
      const d = v128.and(value, i32x4.eq(from, i32x4.splat(w + 1)));
      const source = x + (<usize>place << 2);
      const target = out + (<usize>place << 2);
      applyFour(source, target, v128.shuffle<i32>(a, b, 0, 4, 1, 5), centres, factors, bounds, slopes, shifts);
      applyFour(source + 16, target + 16, v128.shuffle<i32>(a, b, 2, 6, 3, 7), centres, factors, bounds, slopes, shifts);
      applyFour(source + row, target + row, v128.shuffle<i32>(c, d, 0, 4, 1, 5), centres, factors, bounds, slopes, shifts);
      applyFour(source + row + 16, target + row + 16, v128.shuffle<i32>(c, d, 2, 6, 3, 7), centres, factors, bounds, slopes, shifts);
    }
  }
}

@inline
function applyFour(
  x: usize, out: usize, value: v128, centre: v128, factor: v128, bound: v128, slope: v128, shift: v128,
): void {
  const d = f32x4.sub(v128.load(x), centre);
  const through = v128.andnot(value, f32x4.le(f32x4.add(f32x4.mul(d, factor), bound), f32x4.splat(0)));
  v128.store(out, f32x4.add(f32x4.add(f32x4.mul(slope, d), shift), through));
}
