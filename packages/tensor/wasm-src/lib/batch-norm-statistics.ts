// Statistics of x [n, c, inner], channel by channel, and their running averages. A plane is the `inner` values of one picture
// and channel.
import { CHAIN, storeFour, sumSixteen } from "./lanes";
import { threadScratch } from "./thread";

/** Bytes of scratch of `statistics`: lanes for sixteen sums of deviations and sixteen of squares, and then both in float64. */
const SUMS_BYTES: i32 = 144;

/**
 * Mean and biased variance of channels [from, to), and what the mean lost by rounding.
 *
 * Deviations are summed not from zero but from the mean of the first plane, so that a large mean does not swallow the
 * variance. The variance of n planes is at least 1/n of the squared distance between one plane's mean and that of all, so
 * little is lost to cancellation. Where sums overflowed, or met an infinity or NaN, `plainStatistics` makes them anew. `scratch`
 * has room for 144 bytes, for each thread.
 */
export function statistics(
  from: i32, to: i32, x: usize, n: i32, c: i32, inner: i32, mean: usize, variance: usize, rest: usize, scratch: usize,
): void {
  const plane = <usize>inner << 2;
  const picture = plane * <usize>c;
  const sums = threadScratch(scratch, SUMS_BYTES);
  for (let channel = from; channel < to; channel++) {
    const at = <usize>channel << 2;
    const first = x + plane * <usize>channel;
    sumDeviations(first, picture, 1, inner, 0, sums);
    const origin = <f32>(load<f64>(sums, 128) / <f64>inner);
    sumDeviations(first, picture, n, inner, origin, sums);
    const squares = load<f64>(sums, 136);
    if (!(abs<f64>(squares) < Infinity)) {
      plainStatistics(first, picture, n, inner, mean + at, variance + at, rest + at);
      continue;
    }
    const count = <f64>n * <f64>inner;
    const shift = load<f64>(sums, 128) / count;
    const exact = <f64>origin + shift;
    store<f32>(mean + at, <f32>exact);
    store<f32>(rest + at, <f32>(exact - <f64><f32>exact));
    store<f32>(variance + at, <f32>max<f64>(squares / count - shift * shift, 0));
  }
}

/**
 * Sums of the deviations of n planes from `origin` and of their squares, at `sums` + 128: float32 within up to 4,096 values, and
 * float64 over those.
 */
function sumDeviations(first: usize, picture: usize, n: i32, inner: i32, origin: f32, sums: usize): void {
  const together = max(1, CHAIN / inner);
  let sum: f64 = 0;
  let squares: f64 = 0;
  for (let i = 0; i < n; i += together) {
    for (let done = 0; done < inner; done += CHAIN) {
      const at = first + picture * <usize>i + (<usize>done << 2);
      sumInLanes(at, picture, min(together, n - i), min(CHAIN, inner - done), origin, sums);
      sum += <f64>sumSixteen(sums);
      squares += <f64>sumSixteen(sums + 64);
    }
  }
  store<f64>(sums, sum, 128);
  store<f64>(sums, squares, 136);
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
