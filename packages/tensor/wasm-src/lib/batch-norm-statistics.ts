// Statistics of x [n, c, inner], channel by channel, and their running averages. A plane is the `inner` values of one picture
// and channel.
import { CHAIN, sumLanes } from "./lanes";

/**
 * Mean and biased variance of channels [from, to), and what the mean lost by rounding.
 *
 * Deviations are summed not from zero but from the mean of the first plane, so that a large mean does not swallow the
 * variance. The variance of n planes is at least 1/n of the squared distance between one plane's mean and that of all, so
 * little is lost to cancellation. Sums are float32 within a part of a plane and float64 over those. Where they overflowed, or
 * met an infinity or NaN, `plainStatistics` makes them anew.
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
      let left = inner;
      while (left >= 8) {
        const stop = left - min(CHAIN, left & ~7);
        let s0 = f32x4.splat(0), s1 = s0, q0 = s0, q1 = s0;
        for (; left > stop; left -= 8) {
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
      }
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
  let sum: f64 = 0;
  let left = inner;
  while (left >= 8) {
    const stop = left - min(CHAIN, left & ~7);
    let s0 = f32x4.splat(0), s1 = s0;
    for (; left > stop; left -= 8) {
      s0 = f32x4.add(s0, v128.load(at));
      s1 = f32x4.add(s1, v128.load(at, 16));
      at += 32;
    }
    sum += <f64>sumLanes(f32x4.add(s0, s1));
  }
  for (; left > 0; left--) {
    sum += <f64>load<f32>(at);
    at += 4;
  }
  return <f32>(sum / <f64>inner);
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
