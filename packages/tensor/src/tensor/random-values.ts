// Many random values from one key: value i depends on the key and on i alone.
import type { RandomKey } from "./random.ts";

/** The first `count` uniform values in [0, 1) of a key, multiples of 2⁻²⁴; `wasm-src/random.ts` computes the same. */
export function uniformValues({ low, high }: RandomKey, count: number): Float32Array {
  const values = new Float32Array(count);
  for (let i = 0; i < count; i++) values[i] = bits(i, low, high) * 2 ** -24;
  return values;
}

/** The first `count` standard normal values of a key, by Box and Muller; `wasm-src/random.ts` computes the same bits. */
export function normalValues({ low, high }: RandomKey, count: number): Float32Array {
  const values = new Float32Array(count);
  for (let i = 0; i < count; i++) {
    values[i] =
      Math.sqrt(-2 * logOfFraction(2 ** 24 - bits(2 * i, low, high))) * cosineOfTurn(bits(2 * i + 1, low, high));
  }
  return values;
}

/**
 * ln(k / 2²⁴) for whole k from 1 to 2²⁴, to 10⁻¹². `Math.log` may differ between engines, and from WebAssembly; sums and
 * products of doubles do not.
 */
function logOfFraction(k: number): number {
  let e = 31 - Math.clz32(k);
  let m = k / 2 ** e;
  if (m >= Math.SQRT2) {
    m /= 2;
    e++;
  }
  const f = (m - 1) / (m + 1);
  const s = f * f;
  const p = (((((1 / 13) * s + 1 / 11) * s + 1 / 9) * s + 1 / 7) * s + 1 / 5) * s + 1 / 3;
  return (e - 24) * Math.LN2 + (p * s + 1) * f * 2;
}

/** cos(2π·k / 2²⁴) for whole k from 0 to 2²⁴: a polynomial on the nearest quarter of a turn. */
function cosineOfTurn(k: number): number {
  const quarter = Math.floor(k * 2 ** -22 + 0.5);
  const r = (k - quarter * 2 ** 22) * (Math.PI * 2 ** -23);
  const s = r * r;
  if (quarter === 1 || quarter === 3) {
    const p =
      ((2.7557319223985893e-6 * s - 1.9841269841269841e-4) * s + 8.333333333333333e-3) * s - 0.16666666666666666;
    const sin = p * s * r + r;
    return quarter === 1 ? -sin : sin;
  }
  const p =
    ((-2.7557319223985888e-7 * s + 2.48015873015873e-5) * s - 1.3888888888888889e-3) * s + 4.1666666666666664e-2;
  const cos = (p * s - 0.5) * s + 1;
  return quarter === 2 ? -cos : cos;
}

/** 24 random bits for a counter. */
function bits(i: number, low: number, high: number): number {
  return mix(mix(Math.imul(i, 0x9e3779b9) ^ low) ^ high) >>> 8;
}

/** A bijection of 32-bit integers that scatters neighbours (Wellons 2018, "lowbias32"). */
function mix(x: number): number {
  let h = x;
  h = Math.imul(h ^ (h >>> 16), 0x7feb352d);
  h = Math.imul(h ^ (h >>> 15), 0x846ca68b);
  return h ^ (h >>> 16);
}
