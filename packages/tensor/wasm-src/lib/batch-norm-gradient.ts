// Gradients of a batch normalisation, and of one with a relu after it.
import { CHAIN, storePart, sumLanes } from "./lanes";
import { scaleOf } from "./normalization";

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
  const whole = plane & ~31;
  const picture = plane * <usize>c;
  for (let channel = from; channel < to; channel++) {
    const at = <usize>channel << 2;
    const centre = f32x4.splat(load<f32>(mean + at));
    let sum: f64 = 0;
    let product: f64 = 0;
    for (let i = 0; i < n; i++) {
      const offset = plane * <usize>channel + picture * <usize>i;
      let j: usize = 0;
      while (j < whole) {
        const end = j + min(whole - j, <usize>CHAIN << 2);
        let s = f32x4.splat(0), q = s, s1 = s, q1 = s;
        for (; j < end; j += 32) {
          const g = gradientAt(grad, result, offset + j);
          const h = gradientAt(grad, result, offset + j + 16);
          s = f32x4.add(s, g);
          s1 = f32x4.add(s1, h);
          q = f32x4.add(q, f32x4.mul(g, f32x4.sub(v128.load(x + offset + j), centre)));
          q1 = f32x4.add(q1, f32x4.mul(h, f32x4.sub(v128.load(x + offset + j, 16), centre)));
        }
        sum += <f64>sumLanes(f32x4.add(s, s1));
        product += <f64>sumLanes(f32x4.add(q, q1));
      }
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
    let left = inner;
    let at = offset;
    for (; left >= 8; left -= 8, at += 32) {
      let d = f32x4.mul(scale, gradientAt(grad, result, at)), e = f32x4.mul(scale, gradientAt(grad, result, at + 16));
      if (!constant) {
        d = f32x4.add(f32x4.add(d, f32x4.mul(slopes, f32x4.sub(v128.load(x + at), centre))), shifts);
        e = f32x4.add(f32x4.add(e, f32x4.mul(slopes, f32x4.sub(v128.load(x + at, 16), centre))), shifts);
      }
      v128.store(out + at, d);
      v128.store(out + at, e, 16);
    }
    for (; left > 0; left -= 4, at += 16) {
      let d = f32x4.mul(scale, gradientAt(grad, result, at));
      if (!constant) d = f32x4.add(f32x4.add(d, f32x4.mul(slopes, f32x4.sub(v128.load(x + at), centre))), shifts);
      if (left >= 4) v128.store(out + at, d);
      else storePart(out + at, d, left);
    }
  }
}
