// The matrices of Winograd's F(4, 3), which gives four results of a kernel of three taps by six products instead of twelve,
// for the interpolation points 0, ±√½, ±√2 and ∞. With the usual ones, 0, ±1, ±2 and ∞, numbers of very different size are
// added up and the result is three times less exact. After Barabasz, Anderson, Soodhalter & Gregg, "Error Analysis and
// Improving the Accuracy of Winograd Convolution for Deep Neural Networks", ACM TOMS 46 (2020).
//
//        1    0  −5/2   0    1    0             1     0     0
//        0   2p    2   −p   −1    0            2/3  2p/3   1/3            1   1   1    1    1   0
//   Bᵀ = 0  −2p    2    p   −1    0        G = 2/3 −2p/3   1/3       Aᵀ = 0   p  −p    q   −q   0      p = √½, q = √2
//        0   −q   −1   2q    2    0           1/12  q/12   1/6            0  1/2 1/2   2    2   0
//        0    q   −1  −2q    2    0           1/12 −q/12   1/6            0  p/2 −p/2  2q  −2q  1
//        0    1    0  −5/2   0    1             0     0     1
import { madd } from "./lanes";

const P: f32 = 0.70710678118654752;
const Q: f32 = 1.41421356237309505;

/** The numbers that transforms of tiles multiply by, in memory: engines make a vector of one that stands in the code anew each time. */
@unmanaged
export class Constants {
  minusFiveHalves: f32;
  half: f32;
  p: f32;
  q: f32;
}

export function writeConstants(constants: Constants): void {
  constants.minusFiveHalves = -2.5;
  constants.half = 0.5;
  constants.p = P;
  constants.q = Q;
}

@inline
function minusFiveHalves(constants: Constants): v128 {
  return v128.load32_splat(changetype<usize>(constants));
}

@inline
function half(constants: Constants): v128 {
  return v128.load32_splat(changetype<usize>(constants), offsetof<Constants>("half"));
}

/** p·x */
@inline
export function timesP(x: v128, constants: Constants): v128 {
  return f32x4.mul(x, v128.load32_splat(changetype<usize>(constants), offsetof<Constants>("p")));
}

/** q·x */
@inline
export function timesQ(x: v128, constants: Constants): v128 {
  return f32x4.mul(x, v128.load32_splat(changetype<usize>(constants), offsetof<Constants>("q")));
}

/** Stores a, and, if there are `pairs`, b beside it: engines pair them. */
@inline
export function storeOneOrBoth(pairs: bool, to: usize, a: v128, b: v128): void {
  v128.store(to, a);
  if (pairs) v128.store(to, b, 16);
}

/** Bᵀ·d, stored `step` bytes apart; if `pairs`, with Bᵀ·e beside it. */
@inline
export function storeInputs(
  to: usize, step: usize, constants: Constants, d0: v128, d1: v128, d2: v128, d3: v128, d4: v128, d5: v128,
  pairs: bool = false, e0: v128 = d0, e1: v128 = d1, e2: v128 = d2, e3: v128 = d3, e4: v128 = d4, e5: v128 = d5,
): void {
  let scale = minusFiveHalves(constants);
  storeOneOrBoth(pairs, to, madd(d2, scale, f32x4.add(d0, d4)), madd(e2, scale, f32x4.add(e0, e4)));
  let even = f32x4.sub(f32x4.add(d2, d2), d4), even2 = f32x4.sub(f32x4.add(e2, e2), e4);
  let odd = timesP(f32x4.sub(f32x4.add(d1, d1), d3), constants), odd2 = pairs ? timesP(f32x4.sub(f32x4.add(e1, e1), e3), constants) : odd;
  storeOneOrBoth(pairs, to + step, f32x4.add(even, odd), f32x4.add(even2, odd2));
  storeOneOrBoth(pairs, to + step * 2, f32x4.sub(even, odd), f32x4.sub(even2, odd2));
  even = f32x4.sub(f32x4.add(d4, d4), d2), even2 = f32x4.sub(f32x4.add(e4, e4), e2);
  odd = timesQ(f32x4.sub(f32x4.add(d3, d3), d1), constants), odd2 = pairs ? timesQ(f32x4.sub(f32x4.add(e3, e3), e1), constants) : odd;
  storeOneOrBoth(pairs, to + step * 3, f32x4.add(even, odd), f32x4.add(even2, odd2));
  storeOneOrBoth(pairs, to + step * 4, f32x4.sub(even, odd), f32x4.sub(even2, odd2));
  // Without a pair it is multiplied by where it lies, and needs no register meanwhile.
  if (!pairs) scale = minusFiveHalves(constants);
  storeOneOrBoth(pairs, to + step * 5, madd(d3, scale, f32x4.add(d1, d5)), madd(e3, scale, f32x4.add(e1, e5)));
}

/** A·y, stored `step` bytes apart; if `pairs`, with A·z beside it. */
@inline
export function storeSpread(
  to: usize, step: usize, constants: Constants, y0: v128, y1: v128, y2: v128, y3: v128,
  pairs: bool = false, z0: v128 = y0, z1: v128 = y1, z2: v128 = y2, z3: v128 = y3,
): void {
  storeOneOrBoth(pairs, to, y0, z0);
  const scale = half(constants);
  let even = madd(y2, scale, y0), even2 = madd(z2, scale, z0);
  let odd = timesP(madd(y3, scale, y1), constants), odd2 = pairs ? timesP(madd(z3, scale, z1), constants) : odd;
  storeOneOrBoth(pairs, to + step, f32x4.add(even, odd), f32x4.add(even2, odd2));
  storeOneOrBoth(pairs, to + step * 2, f32x4.sub(even, odd), f32x4.sub(even2, odd2));
  even = f32x4.add(f32x4.add(y2, y2), y0), even2 = f32x4.add(f32x4.add(z2, z2), z0);
  odd = timesQ(f32x4.add(f32x4.add(y3, y3), y1), constants), odd2 = pairs ? timesQ(f32x4.add(f32x4.add(z3, z3), z1), constants) : odd;
  storeOneOrBoth(pairs, to + step * 3, f32x4.add(even, odd), f32x4.add(even2, odd2));
  storeOneOrBoth(pairs, to + step * 4, f32x4.sub(even, odd), f32x4.sub(even2, odd2));
  storeOneOrBoth(pairs, to + step * 5, y3, z3);
}

/** The first element of Aᵀ·m; the others are of the differences `u` = p·(m1 − m2) and `w` = q·(m3 − m4), and of sums. */
@inline
export function result0(m0: v128, sum12: v128, sum34: v128): v128 {
  return f32x4.add(f32x4.add(m0, sum12), sum34);
}

@inline
export function result2(sum12: v128, sum34: v128, constants: Constants): v128 {
  return madd(sum12, half(constants), f32x4.add(sum34, sum34));
}

@inline
export function result3(u: v128, w: v128, m5: v128, constants: Constants): v128 {
  return madd(u, half(constants), f32x4.add(f32x4.add(w, w), m5));
}

/** G·g, stored `step` bytes apart. */
@inline
export function storeKernel(to: usize, step: usize, g0: v128, g1: v128, g2: v128): void {
  v128.store(to, g0);
  let even = f32x4.mul(madd(g2, f32x4.splat(0.5), g0), f32x4.splat(2.0 / 3.0));
  let odd = f32x4.mul(g1, f32x4.splat((2.0 / 3.0) * P));
  v128.store(to + step, f32x4.add(even, odd));
  v128.store(to + step * 2, f32x4.sub(even, odd));
  even = f32x4.mul(f32x4.add(f32x4.add(g2, g2), g0), f32x4.splat(1.0 / 12.0));
  odd = f32x4.mul(g1, f32x4.splat(Q / 12.0));
  v128.store(to + step * 3, f32x4.add(even, odd));
  v128.store(to + step * 4, f32x4.sub(even, odd));
  v128.store(to + step * 5, g2);
}

/** The elements of Gᵀ·s, of sums and differences of its second and third, and of its fourth and fifth. */
@inline
export function tap0(s0: v128, sum12: v128, sum34: v128): v128 {
  return madd(sum12, f32x4.splat(2.0 / 3.0), madd(sum34, f32x4.splat(1.0 / 12.0), s0));
}

@inline
export function tap1(difference12: v128, difference34: v128): v128 {
  return madd(difference12, f32x4.splat((2.0 / 3.0) * P), f32x4.mul(difference34, f32x4.splat(Q / 12.0)));
}

@inline
export function tap2(sum12: v128, sum34: v128, s5: v128): v128 {
  return madd(sum12, f32x4.splat(1.0 / 3.0), madd(sum34, f32x4.splat(1.0 / 6.0), s5));
}
