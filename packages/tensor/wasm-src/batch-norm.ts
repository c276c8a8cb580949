// Batch normalisation of x [n, c, inner], channel by channel. A plane is the `inner` values of one picture and channel.
import { storePart, sumLanes } from "./lib/lanes";

/**
 * Mean and biased variance of channels [from, to), and what the mean lost by rounding.
 *
 * Two passes, so that a large mean does not swallow the variance: the second sums deviations from the first one's mean.
 * Sums are float32 within a plane and float64 over planes.
 */
export function statistics(from: i32, to: i32, x: usize, n: i32, c: i32, inner: i32, mean: usize, variance: usize, rest: usize): void {
  const plane = <usize>inner << 2;
  const picture = plane * <usize>c;
  for (let channel = from; channel < to; channel++) {
    const first = x + plane * <usize>channel;
    const origin = <f32>(planeSums(first, picture, n, inner) / (<f64>n * <f64>inner));
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
    store<f32>(mean + (<usize>channel << 2), <f32>exact);
    store<f32>(rest + (<usize>channel << 2), <f32>(exact - <f64><f32>exact));
    store<f32>(variance + (<usize>channel << 2), <f32>max<f64>(squares / count - shift * shift, squares - squares));
  }
}

/** Sum of one channel's planes. */
function planeSums(first: usize, picture: usize, n: i32, inner: i32): f64 {
  let sum: f64 = 0;
  for (let i = 0; i < n; i++) {
    let at = first + picture * <usize>i;
    let s0 = f32x4.splat(0), s1 = s0;
    let left = inner;
    for (; left >= 8; left -= 8) {
      s0 = f32x4.add(s0, v128.load(at));
      s1 = f32x4.add(s1, v128.load(at, 16));
      at += 32;
    }
    sum += <f64>sumLanes(f32x4.add(s0, s1));
    for (; left > 0; left--) {
      sum += <f64>load<f32>(at);
      at += 4;
    }
  }
  return sum;
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

@inline
function scaleOf(variance: usize, weight: usize, eps: f32): f32 {
  const scale = <f32>(1.0 / Math.sqrt(<f64>load<f32>(variance) + <f64>eps));
  return weight ? scale * load<f32>(weight) : scale;
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

/** `gradient` where a relu and then max-pooling followed; see `pooledGradientSums`. */
export function pooledGradient(
  from: i32, to: i32, grad: usize, places: usize, x: usize, mean: usize, variance: usize, rest: usize, weight: usize, bias: usize,
  gradWeight: usize, gradBias: usize, out: usize, n: i32, c: i32, inner: i32, windows: i32, eps: f32, constant: i32,
): void {
  for (let channel = from; channel < to; channel++) {
    pooledGradientSums(
      channel, channel + 1, grad, places, x, mean, variance, rest, weight, bias, gradWeight, gradBias, n, c, inner, windows, eps,
    );
    for (let p = channel; p < n * c; p += c) {
      pooledGradientApply(
        p, p + 1, grad, places, x, mean, variance, rest, weight, bias, gradWeight, gradBias, out, n, c, inner, windows, eps, constant,
      );
    }
  }
}

/**
 * `gradientSums` where a relu and then max-pooling followed: `grad` is that of the windows, and `places` says where in the
 * plane their largest values stood. Windows of which the relu let nothing through do not count.
 */
function pooledGradientSums(
  from: i32, to: i32, grad: usize, places: usize, x: usize, mean: usize, variance: usize, rest: usize, weight: usize, bias: usize,
  gradWeight: usize, gradBias: usize, n: i32, c: i32, inner: i32, windows: i32, eps: f32,
): void {
  for (let channel = from; channel < to; channel++) {
    const at = <usize>channel << 2;
    const factor = scaleOf(variance + at, weight ? weight + at : 0, eps);
    const centre = load<f32>(mean + at);
    const lost: f32 = rest ? load<f32>(rest + at) : 0;
    const shift = (bias ? load<f32>(bias + at) : 0) - factor * lost;
    let sum: f64 = 0;
    let product: f64 = 0;
    for (let i = 0; i < n; i++) {
      const p = i * c + channel;
      const plane = x + (<usize>(p * inner) << 2);
      let window = <usize>(p * windows) << 2;
      // Four sums side by side, so that additions need not wait for one another.
      let s0: f32 = 0, s1: f32 = 0, q0: f32 = 0, q1: f32 = 0;
      let k = 0;
      for (; k + 2 <= windows; k += 2) {
        const d0 = load<f32>(plane + (<usize>load<i32>(places + window) << 2)) - centre;
        const d1 = load<f32>(plane + (<usize>load<i32>(places + window, 4) << 2)) - centre;
        const g0: f32 = d0 * factor + shift <= 0 ? 0 : load<f32>(grad + window);
        const g1: f32 = d1 * factor + shift <= 0 ? 0 : load<f32>(grad + window, 4);
        s0 += g0;
        s1 += g1;
        q0 += g0 * d0;
        q1 += g1 * d1;
        window += 8;
      }
      if (k < windows) {
        const d0 = load<f32>(plane + (<usize>load<i32>(places + window) << 2)) - centre;
        const g0: f32 = d0 * factor + shift <= 0 ? 0 : load<f32>(grad + window);
        s0 += g0;
        q0 += g0 * d0;
      }
      sum += <f64>(s0 + s1);
      product += <f64>(q0 + q1);
    }
    product -= sum * <f64>lost;
    store<f32>(gradWeight + at, <f32>(product / Math.sqrt(<f64>load<f32>(variance + at) + <f64>eps)));
    store<f32>(gradBias + at, <f32>sum);
  }
}

/** `gradientApply` where a relu and then max-pooling followed; see `pooledGradientSums`. */
function pooledGradientApply(
  from: i32, to: i32, grad: usize, places: usize, x: usize, mean: usize, variance: usize, rest: usize, weight: usize, bias: usize,
  gradWeight: usize, gradBias: usize, out: usize, n: i32, c: i32, inner: i32, windows: i32, eps: f32, constant: i32,
): void {
  const count = <f32>n * <f32>inner;
  for (let p = from; p < to; p++) {
    const channel = <usize>(p % c) << 2;
    const factor = scaleOf(variance + channel, weight ? weight + channel : 0, eps);
    const lost: f32 = rest ? load<f32>(rest + channel) : 0;
    const centre = load<f32>(mean + channel);
    const bound = (bias ? load<f32>(bias + channel) : 0) - factor * lost;
    const slope = constant ? <f32>0 : -factor * load<f32>(gradWeight + channel) / count * scaleOf(variance + channel, 0, eps);
    const shift = constant ? <f32>0 : -factor * load<f32>(gradBias + channel) / count - slope * lost;
    const plane = <usize>(p * inner) << 2;
    const slopes = f32x4.splat(slope);
    const shifts = f32x4.splat(shift);
    const centres = f32x4.splat(centre);
    for (let left = inner, at = plane; left > 0; left -= 4, at += 16) {
      const d = f32x4.add(f32x4.mul(slopes, f32x4.sub(v128.load(x + at), centres)), shifts);
      if (left >= 4) v128.store(out + at, d);
      else storePart(out + at, d, left);
    }
    let window = <usize>(p * windows) << 2;
    for (let k = 0; k < windows; k++) {
      const place = plane + (<usize>load<i32>(places + window) << 2);
      const y = (load<f32>(x + place) - centre) * factor + bound;
      if (!(y <= 0)) store<f32>(out + place, load<f32>(out + place) + factor * load<f32>(grad + window));
      window += 4;
    }
  }
}
