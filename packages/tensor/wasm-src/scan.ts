// Running sums, products and recurrences along the middle axis of [outer, length, inner]. Units of work are four
// neighbouring columns each. Floats are accumulated in double precision, as in torch.

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
      if (integers != 0) scanIntegers(product, x + offset, out + offset, length, pitch);
      else scanOne(product, x + offset, out + offset, length, pitch);
      offset += 4;
    }
  }
}

function scanOne(product: i32, x: usize, out: usize, length: i32, pitch: usize): void {
  let acc: f64 = product != 0 ? 1 : 0;
  for (let k = 0; k < length; k++) {
    const v = <f64>load<f32>(x);
    acc = product != 0 ? acc * v : acc + v;
    store<f32>(out, <f32>acc);
    x += pitch;
    out += pitch;
  }
}

function scanFour(product: i32, x: usize, out: usize, length: i32, pitch: usize): void {
  let low = f64x2.splat(product != 0 ? 1 : 0);
  let high = low;
  for (let k = 0; k < length; k++) {
    const v = v128.load(x);
    const a = lowHalf(v);
    const b = highHalf(v);
    low = product != 0 ? f64x2.mul(low, a) : f64x2.add(low, a);
    high = product != 0 ? f64x2.mul(high, b) : f64x2.add(high, b);
    v128.store(out, rounded(low, high));
    x += pitch;
    out += pitch;
  }
}

function scanIntegers(product: i32, x: usize, out: usize, length: i32, pitch: usize): void {
  let acc = product != 0 ? 1 : 0;
  for (let k = 0; k < length; k++) {
    const v = load<i32>(x);
    acc = product != 0 ? acc * v : acc + v;
    store<i32>(out, acc);
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
  let low = lowHalf(v128.load(b));
  let high = highHalf(v128.load(b));
  v128.store(out, v128.load(b));
  for (let k = 1; k < length; k++) {
    b += pitch;
    out += pitch;
    const v = v128.load(b);
    const f = v128.load(link);
    low = f64x2.add(lowHalf(v), f64x2.mul(lowHalf(f), low));
    high = f64x2.add(highHalf(v), f64x2.mul(highHalf(f), high));
    v128.store(out, rounded(low, high));
    link += pitch;
  }
}

@inline
function lowHalf(v: v128): v128 {
  return f64x2.promote_low_f32x4(v);
}

@inline
function highHalf(v: v128): v128 {
  return f64x2.promote_low_f32x4(i8x16.shuffle(v, v, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7));
}

@inline
function rounded(low: v128, high: v128): v128 {
  return i8x16.shuffle(
    f32x4.demote_f64x2_zero(low), f32x4.demote_f64x2_zero(high),
    0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23,
  );
}
