// Statistics of x [n, c, inner], channel by channel, and their running averages. A plane is the `inner` values of one picture
// and channel.
import { CHAIN, storeFour, sumsOfSixteen } from "./lanes";
import { threadScratch } from "./thread";

/** Of c channels, the means of the planes of the first picture. */
export function planeMeans(c: i32, x: usize, inner: i32, means: usize, lanes: usize): void {
  for (let channel = 0; channel < c; channel++) {
    const sums = sumDeviations(x + (<usize>(channel * inner) << 2), 0, 1, inner, 0, lanes);
    store<f32>(means + (<usize>channel << 2), <f32>(f64x2.extract_lane(sums, 0) / <f64>inner));
  }
}

/**
 * Of units [from, to), each a channel of `together` pictures, group by group: the sums of deviations from `origins`, and of their
 * squares, in float64 at `sums`. `scratch` has room for 128 bytes, for each thread.
 */
export function deviations(
  from: i32, to: i32, x: usize, n: i32, c: i32, inner: i32, together: i32, origins: usize, sums: usize, scratch: usize,
): void {
  const picture = <usize>(inner * c) << 2;
  const lanes = threadScratch(scratch, 128);
  for (let unit = from; unit < to; unit++) {
    const channel = unit % c;
    const first = unit / c * together;
    const at = x + picture * <usize>first + (<usize>(channel * inner) << 2);
    const origin = load<f32>(origins + (<usize>channel << 2));
    v128.store(sums + (<usize>unit << 4), sumDeviations(at, picture, min(together, n - first), inner, origin, lanes));
  }
}

/**
 * Mean and biased variance of each channel, and what the mean lost by rounding, from the sums of `deviations`.
 *
 * Deviations are summed not from zero but from the mean of the first plane, so that a large mean does not swallow the
 * variance. The variance of n planes is at least 1/n of the squared distance between one plane's mean and that of all, so
 * little is lost to cancellation. Where sums overflowed, or met an infinity or NaN, `plainStatistics` makes them anew.
 */
export function statistics(
  x: usize, n: i32, c: i32, inner: i32, groups: i32, origins: usize, sums: usize, mean: usize, variance: usize, rest: usize,
): void {
  const plane = <usize>inner << 2;
  const count = <f64>n * <f64>inner;
  for (let channel = 0; channel < c; channel++) {
    const at = <usize>channel << 2;
    let total = f64x2.splat(0);
    for (let unit = channel; unit < groups * c; unit += c) total = f64x2.add(total, v128.load(sums + (<usize>unit << 4)));
    const squares = f64x2.extract_lane(total, 1);
    if (!(abs<f64>(squares) < Infinity)) {
      plainStatistics(x + plane * <usize>channel, plane * <usize>c, n, inner, mean + at, variance + at, rest + at);
      continue;
    }
    const shift = f64x2.extract_lane(total, 0) / count;
    const exact = <f64>load<f32>(origins + at) + shift;
    store<f32>(mean + at, <f32>exact);
    store<f32>(rest + at, <f32>(exact - <f64><f32>exact));
    store<f32>(variance + at, <f32>max<f64>(squares / count - shift * shift, 0));
  }
}

/** Of some planes of a channel, the sum of deviations from `origin` and that of their squares. */
function sumDeviations(first: usize, picture: usize, planes: i32, inner: i32, origin: f32, lanes: usize): v128 {
  let sums = f64x2.splat(0);
  for (let done = 0; done < inner; done += CHAIN) {
    sumInLanes(first + (<usize>done << 2), picture, planes, min(CHAIN, inner - done), origin, lanes);
    sums = f64x2.add(sums, sumsOfSixteen(lanes));
  }
  return sums;
}

/** Of `count` values of each plane, in sixteen lanes. What engines can pair is in twos: see docs/architecture.md. */
function sumInLanes(at: usize, picture: usize, planes: i32, count: i32, origin: f32, lanes: usize): void {
  const origins = f32x4.splat(origin);
  const left = i32x4.splat(count & 15);
  const in0 = i32x4.gt_s(left, i32x4(0, 1, 2, 3)), in1 = i32x4.gt_s(left, i32x4(4, 5, 6, 7));
  const in2 = i32x4.gt_s(left, i32x4(8, 9, 10, 11)), in3 = i32x4.gt_s(left, i32x4(12, 13, 14, 15));
  let s0 = f32x4.splat(0), s1 = s0, s2 = s0, s3 = s0, q0 = s0, q1 = s0, q2 = s0, q3 = s0;
  for (; planes > 0; planes--) {
    let from = at;
    for (const end = at + (<usize>(count & ~15) << 2); from < end; from += 64) {
      const a = f32x4.sub(v128.load(from), origins), b = f32x4.sub(v128.load(from, 16), origins);
      const c = f32x4.sub(v128.load(from, 32), origins), d = f32x4.sub(v128.load(from, 48), origins);
      s0 = f32x4.add(s0, a);
      s1 = f32x4.add(s1, b);
      s2 = f32x4.add(s2, c);
      s3 = f32x4.add(s3, d);
      q0 = f32x4.add(q0, f32x4.mul(a, a));
      q1 = f32x4.add(q1, f32x4.mul(b, b));
      q2 = f32x4.add(q2, f32x4.mul(c, c));
      q3 = f32x4.add(q3, f32x4.mul(d, d));
    }
    if (count & 15) {
      const a = v128.and(in0, f32x4.sub(v128.load(from), origins)), b = v128.and(in1, f32x4.sub(v128.load(from, 16), origins));
      const c = v128.and(in2, f32x4.sub(v128.load(from, 32), origins)), d = v128.and(in3, f32x4.sub(v128.load(from, 48), origins));
      s0 = f32x4.add(s0, a);
      s1 = f32x4.add(s1, b);
      s2 = f32x4.add(s2, c);
      s3 = f32x4.add(s3, d);
      q0 = f32x4.add(q0, f32x4.mul(a, a));
      q1 = f32x4.add(q1, f32x4.mul(b, b));
      q2 = f32x4.add(q2, f32x4.mul(c, c));
      q3 = f32x4.add(q3, f32x4.mul(d, d));
    }
    at += picture;
  }
  storeFour(lanes, s0, s1, s2, s3);
  storeFour(lanes + 64, q0, q1, q2, q3);
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
