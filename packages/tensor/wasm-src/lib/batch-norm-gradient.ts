// Gradients of a batch normalisation, and of one with a relu after it.
import { CHAIN, storeFour, storePair, storeUpToFour, sumSixteen } from "./lanes";
import { scaleOf } from "./normalization";
import { threadScratch } from "./thread";

/** Channels whose planes fill a page of memory are worked on together, picture by picture, but no more than so many. */
const MOST_TOGETHER: i32 = 64;
const PAGE: i32 = 4096;

/** What is known of a channel while its planes are read. */
@unmanaged
class Channel {
  mean: f32;
  /** dx = scale·g + slope·(x − mean) + shift */
  scale: f32;
  slope: f32;
  shift: f32;
}

const CHANNEL_BYTES: usize = offsetof<Channel>();
/** Bytes of a channel's sums: Σ g and Σ g·(x − mean) in sixteen lanes each, and, of what is no more in them, in float64. */
const SUMS_BYTES: usize = 144;

/** Bytes of scratch that `gradient` needs for each thread: sums and what is known of all channels. */
export const GRADIENT_SCRATCH: i32 = 10240;

/**
 * For channels [from, to): gradWeight = Σ g·x̂ and gradBias = Σ g, with x̂ = (x − mean)/√(variance + eps), and the gradient of x:
 * scale·(g − gradBias/N − x̂·gradWeight/N), or with constant statistics (eval mode) scale·g. N = n·inner. Where `result`, that of a
 * relu after the normalisation, is not 0, g counts only where it is positive. A few channels at a time, so that they are still in
 * the cache when they are read again.
 */
export function gradient(
  from: i32, to: i32, grad: usize, x: usize, mean: usize, variance: usize, rest: usize, weight: usize, result: usize,
  gradWeight: usize, gradBias: usize, out: usize, n: i32, c: i32, inner: i32, eps: f32, constant: i32, scratch: usize,
): void {
  const sums = threadScratch(scratch, GRADIENT_SCRATCH);
  const channels = sums + <usize>MOST_TOGETHER * SUMS_BYTES;
  const count = <f32>n * <f32>inner;
  const together = max(1, min(MOST_TOGETHER, PAGE / (inner << 2)));
  for (let first = from; first < to; first += together) {
    const own = min(together, to - first);
    sumPlanes(grad, x, result, mean, first, own, n, c, inner, sums);
    for (let i = 0; i < own; i++) {
      const at = <usize>(first + i) << 2;
      const sum = load<f64>(sums + <usize>i * SUMS_BYTES, 128);
      const lost = rest ? load<f32>(rest + at) : 0;
      const product = load<f64>(sums + <usize>i * SUMS_BYTES, 136) - sum * <f64>lost;
      const ofWeight = <f32>(product / Math.sqrt(<f64>load<f32>(variance + at) + <f64>eps));
      store<f32>(gradWeight + at, ofWeight);
      store<f32>(gradBias + at, <f32>sum);
      const channel = changetype<Channel>(channels + <usize>i * CHANNEL_BYTES);
      channel.mean = load<f32>(mean + at);
      channel.scale = scaleOf(variance + at, weight ? weight + at : 0, eps);
      channel.slope = -channel.scale * ofWeight / count * scaleOf(variance + at, 0, eps);
      channel.shift = -channel.scale * <f32>sum / count - channel.slope * lost;
    }
    for (let picture = 0; picture < n; picture++) {
      for (let i = 0; i < own; i++) {
        const channel = changetype<Channel>(channels + <usize>i * CHANNEL_BYTES);
        const plane = <usize>((picture * c + first + i) * inner) << 2;
        if (constant) scalePlane(grad + plane, result ? result + plane : 0, out + plane, inner, channel);
        else applyPlane(grad + plane, x + plane, result ? result + plane : 0, out + plane, inner, channel);
      }
    }
  }
}

/** The sums of `own` channels from `first` on: in float32 lanes over up to 4,096 values, and in float64 over those. */
function sumPlanes(
  grad: usize, x: usize, result: usize, mean: usize, first: i32, own: i32, n: i32, c: i32, inner: i32, sums: usize,
): void {
  const end = sums + <usize>own * SUMS_BYTES;
  memory.fill(sums, 0, end - sums);
  const together = max(1, CHAIN / inner);
  for (let from = 0; from < n; from += together) {
    for (let done = 0; done < inner; done += CHAIN) {
      for (let picture = from; picture < min(n, from + together); picture++) {
        let at = <usize>((picture * c + first) * inner + done) << 2;
        let centre = mean + (<usize>first << 2);
        for (let lanes = sums; lanes < end; lanes += SUMS_BYTES) {
          sumInLanes(grad + at, x + at, result ? result + at : 0, min(CHAIN, inner - done), load<f32>(centre), lanes);
          at += <usize>inner << 2;
          centre += 4;
        }
      }
      for (let lanes = sums; lanes < end; lanes += SUMS_BYTES) {
        store<f64>(lanes, load<f64>(lanes, 128) + <f64>sumSixteen(lanes), 128);
        store<f64>(lanes, load<f64>(lanes, 136) + <f64>sumSixteen(lanes + 64), 136);
        memory.fill(lanes, 0, 128);
      }
    }
  }
}

/**
 * Adds `count` values of g, and of g·(x − centre), to sixteen lanes each. What engines can pair is in twos: see docs/architecture.md.
 */
function sumInLanes(g: usize, x: usize, result: usize, count: i32, centre: f32, lanes: usize): void {
  const centres = f32x4.splat(centre);
  const floor = f32x4.splat(result ? 0 : NaN);
  // Where no relu followed, anything is compared with NaN.
  const toResult = result ? result - g : 0, toX = x - g;
  let s0 = v128.load(lanes), s1 = v128.load(lanes, 16), s2 = v128.load(lanes, 32), s3 = v128.load(lanes, 48);
  let q0 = v128.load(lanes, 64), q1 = v128.load(lanes, 80), q2 = v128.load(lanes, 96), q3 = v128.load(lanes, 112);
  for (const end = g + (<usize>(count & ~15) << 2); g < end; g += 64) {
    const r = g + toResult, y = g + toX;
    const a = v128.andnot(v128.load(g), f32x4.le(v128.load(r), floor));
    const b = v128.andnot(v128.load(g, 16), f32x4.le(v128.load(r, 16), floor));
    const c = v128.andnot(v128.load(g, 32), f32x4.le(v128.load(r, 32), floor));
    const d = v128.andnot(v128.load(g, 48), f32x4.le(v128.load(r, 48), floor));
    s0 = f32x4.add(s0, a);
    s1 = f32x4.add(s1, b);
    s2 = f32x4.add(s2, c);
    s3 = f32x4.add(s3, d);
    q0 = f32x4.add(q0, f32x4.mul(a, f32x4.sub(v128.load(y), centres)));
    q1 = f32x4.add(q1, f32x4.mul(b, f32x4.sub(v128.load(y, 16), centres)));
    q2 = f32x4.add(q2, f32x4.mul(c, f32x4.sub(v128.load(y, 32), centres)));
    q3 = f32x4.add(q3, f32x4.mul(d, f32x4.sub(v128.load(y, 48), centres)));
  }
  storeFour(lanes, s0, s1, s2, s3);
  storeFour(lanes + 64, q0, q1, q2, q3);
  for (let left = count & 15; left > 0; left -= 4, g += 16) {
    const inside = i32x4.gt_s(i32x4.splat(left), i32x4(0, 1, 2, 3));
    const a = v128.and(inside, v128.andnot(v128.load(g), f32x4.le(v128.load(g + toResult), floor)));
    v128.store(lanes, f32x4.add(v128.load(lanes), a));
    const product = v128.and(inside, f32x4.mul(a, f32x4.sub(v128.load(g + toX), centres)));
    v128.store(lanes, f32x4.add(v128.load(lanes, 64), product), 64);
  }
}

/** The gradient of a plane of x. */
function applyPlane(g: usize, x: usize, result: usize, out: usize, count: i32, channel: Channel): void {
  const centre = f32x4.splat(channel.mean), scale = f32x4.splat(channel.scale);
  const slope = f32x4.splat(channel.slope), shift = f32x4.splat(channel.shift);
  const floor = f32x4.splat(result ? 0 : NaN);
  const toResult = result ? result - g : 0, toX = x - g, toOut = out - g;
  for (const end = g + (<usize>(count & ~7) << 2); g < end; g += 32) {
    const r = g + toResult, y = g + toX, to = g + toOut;
    const a = f32x4.mul(scale, v128.andnot(v128.load(g), f32x4.le(v128.load(r), floor)));
    const b = f32x4.mul(scale, v128.andnot(v128.load(g, 16), f32x4.le(v128.load(r, 16), floor)));
    const d = f32x4.mul(slope, f32x4.sub(v128.load(y), centre)), e = f32x4.mul(slope, f32x4.sub(v128.load(y, 16), centre));
    storePair(to, f32x4.add(f32x4.add(a, d), shift), f32x4.add(f32x4.add(b, e), shift));
  }
  for (let left = count & 7; left > 0; left -= 4, g += 16) {
    const a = f32x4.mul(scale, v128.andnot(v128.load(g), f32x4.le(v128.load(g + toResult), floor)));
    const d = f32x4.mul(slope, f32x4.sub(v128.load(g + toX), centre));
    storeUpToFour(g + toOut, f32x4.add(f32x4.add(a, d), shift), left);
  }
}

/** The same with constant statistics. */
function scalePlane(g: usize, result: usize, out: usize, count: i32, channel: Channel): void {
  const scale = f32x4.splat(channel.scale);
  const floor = f32x4.splat(result ? 0 : NaN);
  const toResult = result ? result - g : 0, toOut = out - g;
  for (let left = count; left > 0; left -= 4, g += 16)
    storeUpToFour(g + toOut, f32x4.mul(scale, v128.andnot(v128.load(g), f32x4.le(v128.load(g + toResult), floor))), left);
}
