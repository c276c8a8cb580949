// Gradients of a batch normalisation with a relu and max-pooling after it, from those of the windows: what lies between is
// never laid out.
import { Channel, channelAt } from "./batch-norm-gradient";
import { CHAIN, storeUpToFour, sumLanes } from "./lanes";
import { scaleOf, shiftOf } from "./normalization";

/**
 * `gradientSums` where a relu and then max-pooling of 2 × 2 windows side by side followed, plane by plane: `grad` is the gradient of
 * the windows, and `places` says where in the plane of h rows and w columns their largest values stood. Windows of which the relu let
 * nothing through do not count; `counted` becomes the gradient of those that do.
 */
export function pooledSums(
  from: i32, to: i32, grad: usize, places: usize, x: usize, mean: usize, variance: usize, rest: usize, weight: usize, bias: usize,
  c: i32, h: i32, w: i32, eps: f32, counted: usize, sums: usize,
): void {
  const windows = (h >> 1) * (w >> 1);
  const planeBytes = <usize>(h * w) << 2;
  for (let p = from; p < to; p++) {
    const at = <usize>(p % c) << 2;
    const factor = scaleOf(variance + at, weight ? weight + at : 0, eps);
    // The relu let through where (x − mean)·factor + bound > 0.
    const bound = shiftOf(bias ? bias + at : 0, rest ? rest + at : 0, factor);
    const skip = <usize>(p * windows) << 2;
    const made = sumWindows(
      grad + skip, places + skip, x + <usize>p * planeBytes, counted + skip, windows, load<f32>(mean + at), factor, bound,
    );
    v128.store(sums + (<usize>p << 4), made);
  }
}

/** The gradient of planes [from, to) of x, from what `pooledSums` counted and `gradientOfChannels` found. */
export function pooledGradient(
  from: i32, to: i32, counted: usize, places: usize, x: usize, out: usize, c: i32, h: i32, w: i32, constant: i32, channels: usize,
): void {
  const windows = (h >> 1) * (w >> 1);
  // Four windows at a time, if they fill the plane and there is more to the gradient.
  const even = (h & 1) == 0 && (w & 1) == 0 && w >= 8 && !constant;
  for (let p = from; p < to; p++) {
    const channel = channelAt(channels, p % c);
    const skip = <usize>(p * windows) << 2;
    const plane = <usize>(p * h * w) << 2;
    if (even) applyPairs(counted + skip, places + skip, x + plane, out + plane, h, w, channel);
    else applyWindows(counted + skip, places + skip, x + plane, out + plane, h * w, windows, channel, constant);
  }
}

/**
 * Of a plane, Σ g and Σ g·(x − centre) over the largest values of windows that the relu let through; `counted` becomes g there,
 * and 0 elsewhere.
 */
function sumWindows(
  g: usize, places: usize, x: usize, counted: usize, windows: i32, centre: f32, factor: f32, bound: f32,
): v128 {
  const centres = f32x4.splat(centre);
  const factors = f32x4.splat(factor);
  const bounds = f32x4.splat(bound);
  let sum: f64 = 0;
  let product: f64 = 0;
  const fours = counted + (<usize>(windows & ~3) << 2);
  while (counted < fours) {
    const stop = min(fours, counted + (<usize>CHAIN << 2));
    let s = f32x4.splat(0), q = s;
    for (; counted < stop; counted += 16) {
      let d = v128.load32_zero(x + (<usize>load<i32>(places) << 2));
      d = v128.load32_lane(x + (<usize>load<i32>(places, 4) << 2), d, 1);
      d = v128.load32_lane(x + (<usize>load<i32>(places, 8) << 2), d, 2);
      d = v128.load32_lane(x + (<usize>load<i32>(places, 12) << 2), d, 3);
      d = f32x4.sub(d, centres);
      const value = v128.andnot(v128.load(g), f32x4.le(f32x4.add(f32x4.mul(d, factors), bounds), f32x4.splat(0)));
      v128.store(counted, value);
      s = f32x4.add(s, value);
      q = f32x4.add(q, f32x4.mul(value, d));
      g += 16;
      places += 16;
    }
    sum += <f64>sumLanes(s);
    product += <f64>sumLanes(q);
  }
  for (let left = windows & 3; left > 0; left--) {
    const d = load<f32>(x + (<usize>load<i32>(places) << 2)) - centre;
    const value: f32 = d * factor + bound <= 0 ? 0 : load<f32>(g);
    store<f32>(counted, value);
    sum += <f64>value;
    product += <f64>value * <f64>d;
    counted += 4;
    g += 4;
    places += 4;
  }
  return f64x2.replace_lane(f64x2.splat(sum), 1, product);
}

/**
 * The gradient of a plane of x: slope·(x − mean) + shift, or nothing if statistics are constant, and scale·g for the values
 * that `sumWindows` counted.
 */
function applyWindows(
  g: usize, places: usize, x: usize, out: usize, inner: i32, windows: i32, channel: Channel, constant: i32,
): void {
  const centre = f32x4.splat(channel.mean), slope = f32x4.splat(channel.slope), shift = f32x4.splat(channel.shift);
  if (constant) memory.fill(out, 0, <usize>inner << 2);
  for (let left = constant ? 0 : inner, at: usize = 0; left > 0; left -= 4, at += 16) {
    const d = f32x4.add(f32x4.mul(slope, f32x4.sub(v128.load(x + at), centre)), shift);
    storeUpToFour(out + at, d, left);
  }
  for (let window: usize = 0; window < <usize>windows << 2; window += 4) {
    const at = out + (<usize>load<i32>(places + window) << 2);
    store<f32>(at, load<f32>(at) + channel.scale * load<f32>(g + window));
  }
}

/** `applyWindows` where windows fill the plane and statistics are not constant, four at a time. The last four of a row may overlap those before. */
function applyPairs(g: usize, places: usize, x: usize, out: usize, h: i32, w: i32, channel: Channel): void {
  const columns = w >> 1;
  const row = <usize>w << 2;
  const centres = f32x4.splat(channel.mean);
  const factors = f32x4.splat(channel.scale);
  const slopes = f32x4.splat(channel.slope);
  const shifts = f32x4.splat(channel.shift);
  for (let y = 0; y < h; y += 2) {
    for (let column = 0; column < columns; column += 4) {
      column = min(column, columns - 4);
      const at = <usize>((y >> 1) * columns + column) << 2;
      const place = y * w + 2 * column;
      // Where in its window each of the largest values stood: 0, 1, w or w + 1.
      const from = i32x4.sub(v128.load(places + at), i32x4.add(i32x4.splat(place), i32x4(0, 2, 4, 6)));
      const value = f32x4.mul(factors, v128.load(g + at));
      const a = v128.and(value, i32x4.eq(from, i32x4.splat(0)));
      const b = v128.and(value, i32x4.eq(from, i32x4.splat(1)));
      const c = v128.and(value, i32x4.eq(from, i32x4.splat(w)));
      const d = v128.and(value, i32x4.eq(from, i32x4.splat(w + 1)));
      const source = x + (<usize>place << 2);
      const target = out + (<usize>place << 2);
      applyFour(source, target, v128.shuffle<i32>(a, b, 0, 4, 1, 5), centres, slopes, shifts);
      applyFour(source + 16, target + 16, v128.shuffle<i32>(a, b, 2, 6, 3, 7), centres, slopes, shifts);
      applyFour(source + row, target + row, v128.shuffle<i32>(c, d, 0, 4, 1, 5), centres, slopes, shifts);
      applyFour(source + row + 16, target + row + 16, v128.shuffle<i32>(c, d, 2, 6, 3, 7), centres, slopes, shifts);
    }
  }
}

@inline
function applyFour(x: usize, out: usize, value: v128, centre: v128, slope: v128, shift: v128): void {
  v128.store(out, f32x4.add(f32x4.add(f32x4.mul(slope, f32x4.sub(v128.load(x), centre)), shift), value));
}
