// Running sums, products and recurrences along the middle axis of [outer, length, inner]. Units of work are four
// neighbouring columns each. Floats are accumulated in double precision, as in torch.
import { highDoubles, lowDoubles, toSingle } from "./lib/double-functions";

/** Running sums, or products where `product` is not 0, for units [from, to) of outer · ⌈inner / 4⌉; backwards where `reverse` is not 0. */
export function scan(
  from: i32, to: i32, product: i32, integers: i32, reverse: i32, x: usize, out: usize, length: i32, inner: i32,
): void {
  const parts = (inner + 3) >> 2;
  const bytes = <usize>inner << 2;
  const pitch = reverse != 0 ? 0 - bytes : bytes;
  for (let unit = from; unit < to; unit++) {
    const o = unit / parts;
    const column = (unit - o * parts) << 2;
    let offset = (<usize>o * <usize>length * <usize>inner + <usize>column) << 2;
    if (reverse != 0) offset += <usize>(length - 1) * bytes;
    if (integers == 0 && inner - column >= 4) {
      scanFour(product, x + offset, out + offset, length, pitch);
      continue;
    }
    for (let i = 0; i < min(4, inner - column); i++) {
      if (integers != 0) scanOne<i32, i32>(product, x + offset, out + offset, length, pitch);
      else scanOne<f32, f64>(product, x + offset, out + offset, length, pitch);
      offset += 4;
    }
  }
}

/** Of values `T`, accumulated in `A`. */
function scanOne<T, A>(product: i32, x: usize, out: usize, length: i32, pitch: usize): void {
  let acc = <A>(product != 0 ? 1 : 0);
  for (let k = 0; k < length; k++) {
    const v = <A>load<T>(x);
    acc = product != 0 ? acc * v : acc + v;
    store<T>(out, <T>acc);
    x += pitch;
    out += pitch;
  }
}

function scanFour(product: i32, x: usize, out: usize, length: i32, pitch: usize): void {
  let low = f64x2.splat(product != 0 ? 1 : 0);
  let high = low;
  for (let k = 0; k < length; k++) {
    const v = v128.load(x);
    const a = lowDoubles(v);
    const b = highDoubles(v);
    low = product != 0 ? f64x2.mul(low, a) : f64x2.add(low, a);
    high = product != 0 ? f64x2.mul(high, b) : f64x2.add(high, b);
    v128.store(out, toSingle(low, high));
    x += pitch;
    out += pitch;
  }
}

/**
 * out[k] = b[k] + a[k] · out[k − 1] for units [from, to) of outer · ⌈inner / 4⌉; where `reverse` is not 0,
 * out[k] = b[k] + a[k + 1] · out[k + 1].
 */
export function recurrence(
  from: i32, to: i32, reverse: i32, a: usize, b: usize, out: usize, length: i32, inner: i32,
): void {
  const parts = (inner + 3) >> 2;
  const bytes = <usize>inner << 2;
  const pitch = reverse != 0 ? 0 - bytes : bytes;
  for (let unit = from; unit < to; unit++) {
    const o = unit / parts;
    const column = (unit - o * parts) << 2;
    let offset = (<usize>o * <usize>length * <usize>inner + <usize>column) << 2;
    if (reverse != 0) offset += <usize>(length - 1) * bytes;
    // The factor between two entries belongs to the later one.
    const link = reverse != 0 ? a : a + bytes;
    if (inner - column >= 4) {
      recurFour(link + offset, b + offset, out + offset, length, pitch);
      continue;
    }
    for (let i = 0; i < inner - column; i++) {
      recurOne(link + offset, b + offset, out + offset, length, pitch);
      offset += 4;
    }
  }
}

function recurOne(link: usize, b: usize, out: usize, length: i32, pitch: usize): void {
  let acc = <f64>load<f32>(b);
  store<f32>(out, <f32>acc);
  for (let k = 1; k < length; k++) {
    b += pitch;
    out += pitch;
    acc = <f64>load<f32>(b) + <f64>load<f32>(link) * acc;
    store<f32>(out, <f32>acc);
    link += pitch;
  }
}

function recurFour(link: usize, b: usize, out: usize, length: i32, pitch: usize): void {
  let low = lowDoubles(v128.load(b));
  let high = highDoubles(v128.load(b));
  v128.store(out, v128.load(b));
  for (let k = 1; k < length; k++) {
    b += pitch;
    out += pitch;
    const v = v128.load(b);
    const f = v128.load(link);
    low = f64x2.add(lowDoubles(v), f64x2.mul(lowDoubles(f), low));
    high = f64x2.add(highDoubles(v), f64x2.mul(highDoubles(f), high));
    v128.store(out, toSingle(low, high));
    link += pitch;
  }
}
