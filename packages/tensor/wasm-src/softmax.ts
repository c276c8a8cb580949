// Softmax and its logarithm along the middle axis of [outer, length, inner].
import { exp } from "./lib/exp";
import { CHAIN, storePart, storeUpToFour, sumLanes } from "./lib/lanes";
import { log } from "./lib/log";

/**
 * Units [from, to) of outer · ⌈inner / 4⌉: four neighbouring columns each, or one row if inner is 1. The largest entry is
 * subtracted first, so that nothing overflows; a row of −∞ gives NaN, as in torch. A NaN that `pmax` overlooks comes back
 * with the sum.
 */
export function softmax(from: i32, to: i32, logarithm: i32, x: usize, out: usize, length: i32, inner: i32): void {
  const parts = (inner + 3) >> 2;
  for (let unit = from; unit < to; unit++) {
    const o = unit / parts;
    const column = (unit - o * parts) << 2;
    const offset = (<usize>o * <usize>length * <usize>inner + <usize>column) << 2;
    if (inner == 1) softmaxRow(x + offset, out + offset, length, logarithm);
    else softmaxColumns(x + offset, out + offset, length, <usize>inner << 2, inner - column, logarithm);
  }
}

function softmaxRow(x: usize, out: usize, length: i32, logarithm: i32): void {
  const bytes = <usize>length << 2;
  const whole = bytes & ~15;
  const rest = length & 3;
  const inside = i32x4.gt_s(i32x4.splat(rest), i32x4(0, 1, 2, 3));
  const nothing = f32x4.splat(-Infinity);
  const tail = v128.bitselect(v128.load(x + whole), nothing, inside);
  let m = tail;
  for (let at: usize = 0; at < whole; at += 16) m = f32x4.pmax(m, v128.load(x + at));
  m = f32x4.pmax(m, i8x16.shuffle(m, m, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7));
  m = f32x4.pmax(m, i8x16.shuffle(m, m, 4, 5, 6, 7, 0, 1, 2, 3, 12, 13, 14, 15, 8, 9, 10, 11));
  let sum: f64 = 0;
  let s = f32x4.splat(0);
  for (let at: usize = 0; at < whole; ) {
    const end = at + min(whole - at, <usize>CHAIN << 2);
    for (; at < end; at += 16) {
      const e = exp(f32x4.sub(v128.load(x + at), m));
      s = f32x4.add(s, e);
      if (logarithm == 0) v128.store(out + at, e);
    }
    if (at == whole) break;
    sum += <f64>sumLanes(s);
    s = f32x4.splat(0);
  }
  const e = v128.and(exp(f32x4.sub(tail, m)), inside);
  s = f32x4.splat(<f32>(sum + <f64>sumLanes(f32x4.add(s, e))));
  if (logarithm == 0) {
    for (let at: usize = 0; at < whole; at += 16) v128.store(out + at, f32x4.div(v128.load(out + at), s));
    if (rest > 0) storePart(out + whole, f32x4.div(e, s), rest);
  } else {
    const l = log(s);
    for (let at: usize = 0; at < whole; at += 16) v128.store(out + at, f32x4.sub(f32x4.sub(v128.load(x + at), m), l));
    if (rest > 0) storePart(out + whole, f32x4.sub(f32x4.sub(tail, m), l), rest);
  }
}

function softmaxColumns(x: usize, out: usize, length: i32, pitch: usize, columns: i32, logarithm: i32): void {
  const end = <usize>length * pitch;
  let m = v128.load(x);
  for (let at = pitch; at < end; at += pitch) m = f32x4.pmax(m, v128.load(x + at));
  let sum = f32x4.splat(0), s = sum;
  for (let k = 0, at: usize = 0; k < length; k++, at += pitch) {
    const e = exp(f32x4.sub(v128.load(x + at), m));
    s = f32x4.add(s, e);
    if (logarithm == 0) storeUpToFour(out + at, e, columns);
    if ((k & (CHAIN - 1)) != CHAIN - 1) continue;
    sum = f32x4.add(sum, s);
    s = f32x4.splat(0);
  }
  s = f32x4.add(sum, s);
  if (logarithm == 0) {
    for (let at: usize = 0; at < end; at += pitch) storeUpToFour(out + at, f32x4.div(v128.load(out + at), s), columns);
  } else {
    const l = log(s);
    for (let at: usize = 0; at < end; at += pitch) storeUpToFour(out + at, f32x4.sub(f32x4.sub(v128.load(x + at), m), l), columns);
  }
}
