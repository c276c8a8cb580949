// Negative log-likelihood: picks, for each row r = (picture, position), the log-probability of its target class.

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
export function nllAdjoint(from: i32, to: i32, g: usize, target: usize, weight: usize, out: usize, classes: i32, inner: i32, ignore: i32): void {
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
