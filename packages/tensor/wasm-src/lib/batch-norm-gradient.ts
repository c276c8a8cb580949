// Gradients of a batch normalisation, and of one with a relu after it.
import { CHAIN, storeFour, storePair, storeUpToFour, sumsOfSixteen } from "./lanes";
import { scaleOf } from "./normalization";
import { threadScratch } from "./thread";

/** Channels whose planes fill a page of memory are summed together, picture by picture, but no more than so many. */
const MOST_TOGETHER: i32 = 64;
const PAGE: i32 = 4096;

/** The gradient of a channel: dx = scale·g + slope·(x − mean) + shift. */
@unmanaged
export class Channel {
  mean: f32;
  scale: f32;
  slope: f32;
  shift: f32;
}

@inline
export function channelAt(channels: usize, index: i32): Channel {
  return changetype<Channel>(channels + <usize>index * offsetof<Channel>());
}

/** Bytes of scratch that `gradientSums` needs for each thread: of each channel Σ g and Σ g·(x − mean) in sixteen lanes each. */
export const SUMS_SCRATCH: i32 = 8192;

/**
 * Of units [from, to), each a channel of `together` pictures, group by group: Σ g and Σ g·(x − mean), in float64 at `sums`. Where
 * `result`, that of a relu after the normalisation, is not 0, g counts only where it is positive.
 */
export function gradientSums(
  from: i32, to: i32, grad: usize, x: usize, result: usize, mean: usize, n: i32, c: i32, inner: i32, together: i32,
  sums: usize, scratch: usize,
): void {
  const lanes = threadScratch(scratch, SUMS_SCRATCH);
  const most = max(1, min(MOST_TOGETHER, PAGE / (inner << 2)));
  for (let unit = from; unit < to; ) {
    const channel = unit % c;
    const own = min(min(most, to - unit), c - channel);
    const first = unit / c * together;
    sumPlanes(grad, x, result, mean, channel, own, first, min(n, first + together), c, inner, lanes, sums + (<usize>unit << 4));
    unit += own;
  }
}

/**
 * Of each channel, from the sums of `gradientSums` or `pooledSums`: gradWeight = Σ g·x̂ and gradBias = Σ g, with
 * x̂ = (x − mean)/√(variance + eps), and at `channels` what makes the gradient of x: scale·(g − gradBias/N − x̂·gradWeight/N), or with
 * constant statistics (eval mode) scale·g. N = `count` values.
 */
export function gradientOfChannels(
  c: i32, groups: i32, sums: usize, mean: usize, variance: usize, rest: usize, weight: usize, gradWeight: usize, gradBias: usize,
  count: f32, eps: f32, constant: i32, channels: usize,
): void {
  for (let i = 0; i < c; i++) {
    const at = <usize>i << 2;
    let total = f64x2.splat(0);
    for (let unit = i; unit < groups * c; unit += c) total = f64x2.add(total, v128.load(sums + (<usize>unit << 4)));
    const sum = f64x2.extract_lane(total, 0);
    const lost = rest ? load<f32>(rest + at) : 0;
    const product = f64x2.extract_lane(total, 1) - sum * <f64>lost;
    const ofWeight = <f32>(product / Math.sqrt(<f64>load<f32>(variance + at) + <f64>eps));
    store<f32>(gradWeight + at, ofWeight);
    store<f32>(gradBias + at, <f32>sum);
    const channel = channelAt(channels, i);
    channel.mean = load<f32>(mean + at);
    channel.scale = scaleOf(variance + at, weight ? weight + at : 0, eps);
    channel.slope = constant ? 0 : -channel.scale * ofWeight / count * scaleOf(variance + at, 0, eps);
    channel.shift = constant ? 0 : -channel.scale * <f32>sum / count - channel.slope * lost;
  }
}

/** The gradient of planes [from, to) of x, from what `gradientOfChannels` found. */
export function gradient(
  from: i32, to: i32, grad: usize, x: usize, result: usize, out: usize, c: i32, inner: i32, constant: i32, channels: usize,
): void {
  for (let p = from; p < to; p++) {
    const channel = channelAt(channels, p % c);
    const plane = <usize>(p * inner) << 2;
    if (constant) scalePlane(grad + plane, result ? result + plane : 0, out + plane, inner, channel);
    else applyPlane(grad + plane, x + plane, result ? result + plane : 0, out + plane, inner, channel);
  }
}

/** Sums over pictures [picture, end) of `own` channels from `first` on: in float32 lanes over up to 4,096 values, then in float64. */
function sumPlanes(
  grad: usize, x: usize, result: usize, mean: usize, first: i32, own: i32, picture: i32, end: i32, c: i32, inner: i32,
  lanes: usize, sums: usize,
): void {
  memory.fill(sums, 0, <usize>own << 4);
  for (let done = 0; done < inner; done += CHAIN) {
    memory.fill(lanes, 0, <usize>own << 7);
    for (let i = picture; i < end; i++) {
      let at = <usize>((i * c + first) * inner + done) << 2;
      for (let k = 0; k < own; k++) {
        const centre = load<f32>(mean + (<usize>(first + k) << 2));
        sumInLanes(grad + at, x + at, result ? result + at : 0, min(CHAIN, inner - done), centre, lanes + (<usize>k << 7));
        at += <usize>inner << 2;
      }
    }
    for (let k: usize = 0; k < <usize>own; k++) {
      v128.store(sums + (k << 4), f64x2.add(v128.load(sums + (k << 4)), sumsOfSixteen(lanes + (k << 7))));
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
