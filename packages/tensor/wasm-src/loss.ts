// Negative log-likelihood: picks, for each row r = (picture, position), the log-probability of its target class; and the
// gradient of that and a softmax together.
import { exp } from "./lib/exp";
import { storeUpToFour } from "./lib/lanes";

/** out[r] = −w[y]·x[picture, y, position] with y = target[r]; 0 where y is `ignore`. `weight` 0 means all ones. */
export function nll(from: i32, to: i32, x: usize, target: usize, weight: usize, out: usize, classes: i32, inner: i32, ignore: i32): void {
  for (let r = from; r < to; r++) {
    const y = load<i32>(target + (<usize>r << 2));
    let value: f32 = 0;
    if (y != ignore) {
      const picture = r / inner;
      const at = (picture * classes + y) * inner + (r - picture * inner);
      value = -load<f32>(x + (<usize>at << 2));
      if (weight) value *= load<f32>(weight + (<usize>y << 2));
    }
    store<f32>(out + (<usize>r << 2), value);
  }
}

/** The adjoint: out[picture, y, position] = −w[y]·g[r], and 0 for all other classes. */
export function nllGrad(from: i32, to: i32, g: usize, target: usize, weight: usize, out: usize, classes: i32, inner: i32, ignore: i32): void {
  for (let r = from; r < to; r++) {
    const y = load<i32>(target + (<usize>r << 2));
    const picture = r / inner;
    let at = out + (<usize>(picture * classes * inner + (r - picture * inner)) << 2);
    for (let c = 0; c < classes; c++) {
      let value: f32 = 0;
      if (c == y && y != ignore) {
        value = -load<f32>(g + (<usize>r << 2));
        if (weight) value *= load<f32>(weight + (<usize>y << 2));
      }
      store<f32>(at, value);
      at += <usize>inner << 2;
    }
  }
}

/**
 * Units `from` to `to` of pictures · ⌈inner / 4⌉, four neighbouring positions each, or one row if inner is 1:
 * out[picture, c, position] = w[y]·g[r]·(exp(x[picture, c, position]) − (c = y)), and 0 where y is `ignore`.
 */
export function crossEntropyGrad(
  from: i32, to: i32, g: usize, x: usize, target: usize, weight: usize, out: usize, classes: i32, inner: i32, ignore: i32,
): void {
  const parts = (inner + 3) >> 2;
  for (let unit = from; unit < to; unit++) {
    const picture = unit / parts;
    const position = (unit - picture * parts) << 2;
    const row = (picture * inner + position) << 2;
    const at = <usize>(picture * classes * inner + position) << 2;
    if (inner == 1) {
      gradientOfRow(factorOf(g + row, target + row, weight, ignore), load<i32>(target + row), x + at, out + at, classes);
    } else {
      gradientOfColumns(g + row, target + row, weight, x + at, out + at, classes, <usize>inner << 2, min(4, inner - position), ignore);
    }
  }
}

/** w[y]·g, or 0 where y is `ignore`. */
@inline
function factorOf(g: usize, target: usize, weight: usize, ignore: i32): f32 {
  const y = load<i32>(target);
  if (y == ignore) return 0;
  return weight ? load<f32>(weight + (<usize>y << 2)) * load<f32>(g) : load<f32>(g);
}

function gradientOfRow(factor: f32, y: i32, x: usize, out: usize, classes: i32): void {
  for (let c = 0; c < classes; c += 4) {
    const hot = v128.and(f32x4.splat(1), i32x4.eq(i32x4.add(i32x4.splat(c), i32x4(0, 1, 2, 3)), i32x4.splat(y)));
    const value = f32x4.mul(f32x4.splat(factor), f32x4.sub(exp(v128.load(x)), hot));
    storeUpToFour(out, value, classes - c);
    x += 16;
    out += 16;
  }
}

function gradientOfColumns(
  g: usize, target: usize, weight: usize, x: usize, out: usize, classes: i32, pitch: usize, columns: i32, ignore: i32,
): void {
  let factors = f32x4.splat(factorOf(g, target, weight, ignore));
  if (columns > 1) factors = f32x4.replace_lane(factors, 1, factorOf(g + 4, target + 4, weight, ignore));
  if (columns > 2) factors = f32x4.replace_lane(factors, 2, factorOf(g + 8, target + 8, weight, ignore));
  if (columns > 3) factors = f32x4.replace_lane(factors, 3, factorOf(g + 12, target + 12, weight, ignore));
  const y = v128.load(target);
  for (let c = 0; c < classes; c++) {
    const hot = v128.and(f32x4.splat(1), i32x4.eq(i32x4.splat(c), y));
    const value = f32x4.mul(factors, f32x4.sub(exp(v128.load(x)), hot));
    storeUpToFour(out, value, columns);
    x += pitch;
    out += pitch;
  }
}
