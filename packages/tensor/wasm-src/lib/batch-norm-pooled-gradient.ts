// Gradients of a batch normalisation with a relu and max-pooling after it, from those of the windows: what lies between is
// never laid out.
import { CHAIN, storeUpToFour, sumLanes } from "./lanes";
import { scaleOf, shiftOf } from "./normalization";
import { threadScratch } from "./thread";

/**
 * `gradient` where a relu and then max-pooling of 2 × 2 windows side by side followed: `grad` is that of the windows, and
 * `places` says where in the plane of h rows and w columns their largest values stood. Windows of which the relu let
 * nothing through do not count. `scratch` has room for the windows of a channel, for each thread.
 */
export function pooledGradient(
  from: i32, to: i32, grad: usize, places: usize, x: usize, mean: usize, variance: usize, rest: usize, weight: usize, bias: usize,
  gradWeight: usize, gradBias: usize, out: usize, n: i32, c: i32, h: i32, w: i32, eps: f32, constant: i32, scratch: usize,
): void {
  const inner = h * w;
  const windows = (h >> 1) * (w >> 1);
  const planeBytes = <usize>inner << 2;
  const windowBytes = <usize>windows << 2;
  const count = <f32>n * <f32>inner;
  // Four windows at a time, if they fill the plane and there is more to the gradient.
  const even = (h & 1) == 0 && (w & 1) == 0 && w >= 8 && !constant;
  const counted = threadScratch(scratch, n * windows << 2);
  for (let channel = from; channel < to; channel++) {
    const at = <usize>channel << 2;
    const inverse = scaleOf(variance + at, 0, eps);
    const factor = scaleOf(variance + at, weight ? weight + at : 0, eps);
    const centre = load<f32>(mean + at);
    const lost: f32 = rest ? load<f32>(rest + at) : 0;
    // The relu let through where (x − centre)·factor + bound > 0.
    const bound = shiftOf(bias ? bias + at : 0, rest ? rest + at : 0, factor);
    let sum: f64 = 0;
    let product: f64 = 0;
    let own = counted;
    for (let p = channel; p < n * c; p += c) {
      const skip = <usize>p * windowBytes;
      const sums = sumWindows(grad + skip, places + skip, x + <usize>p * planeBytes, own, windows, centre, factor, bound);
      sum += f64x2.extract_lane(sums, 0);
      product += f64x2.extract_lane(sums, 1);
      own += windowBytes;
    }
    product -= sum * <f64>lost;
    const weightGradient = <f32>(product / Math.sqrt(<f64>load<f32>(variance + at) + <f64>eps));
    store<f32>(gradWeight + at, weightGradient);
    store<f32>(gradBias + at, <f32>sum);
    // dx = factor·g + slope·(x − mean) + shift
    const slope = constant ? <f32>0 : -factor * weightGradient / count * inverse;
    const shift = constant ? <f32>0 : -factor * <f32>sum / count - slope * lost;
    own = counted;
    for (let p = channel; p < n * c; p += c) {
      const chosen = places + <usize>p * windowBytes;
      const offset = <usize>p * planeBytes;
      if (even) applyPairs(own, chosen, x + offset, out + offset, h, w, centre, factor, slope, shift);
      else applyWindows(own, chosen, x + offset, out + offset, inner, windows, centre, factor, slope, shift, constant);
      own += windowBytes;
    }
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
 * The gradient of a plane of x: slope·(x − centre) + shift, or nothing if statistics are constant, and factor·g for the values
 * that `sumWindows` counted.
 */
function applyWindows(
  g: usize, places: usize, x: usize, out: usize, inner: i32, windows: i32, centre: f32, factor: f32, slope: f32, shift: f32,
  constant: i32,
): void {
  if (constant) memory.fill(out, 0, <usize>inner << 2);
  for (let left = constant ? 0 : inner, at: usize = 0; left > 0; left -= 4, at += 16) {
    const d = f32x4.add(f32x4.mul(f32x4.splat(slope), f32x4.sub(v128.load(x + at), f32x4.splat(centre))), f32x4.splat(shift));
    storeUpToFour(out + at, d, left);
  }
  for (let window: usize = 0; window < <usize>windows << 2; window += 4) {
    const at = out + (<usize>load<i32>(places + window) << 2);
    store<f32>(at, load<f32>(at) + factor * load<f32>(g + window));
  }
}

/** `applyWindows` where windows fill the plane and statistics are not constant, four at a time. The last four of a row may overlap those before. */
function applyPairs(
  g: usize, places: usize, x: usize, out: usize, h: i32, w: i32, centre: f32, factor: f32, slope: f32, shift: f32,
): void {
  const columns = w >> 1;
  const row = <usize>w << 2;
  const centres = f32x4.splat(centre);
  const factors = f32x4.splat(factor);
  const slopes = f32x4.splat(slope);
  const shifts = f32x4.splat(shift);
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
