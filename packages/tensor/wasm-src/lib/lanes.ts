// Small pieces that every kernel family uses.

/**
 * How many values are added up in float32 before their sum goes on in float64 or by itself: lanes that take in ever more
 * small numbers lose them. A power of two.
 */
export const CHAIN: i32 = 4096;

/** Sum of the four lanes. */
@inline
export function sumLanes(v: v128): f32 {
  return (
    f32x4.extract_lane(v, 0) + f32x4.extract_lane(v, 1) + (f32x4.extract_lane(v, 2) + f32x4.extract_lane(v, 3))
  );
}

/** The sum of the sixteen lanes at an address and that of the sixteen after them, in float64. */
export function sumsOfSixteen(at: usize): v128 {
  return f64x2.replace_lane(f64x2.splat(<f64>sumSixteen(at)), 1, <f64>sumSixteen(at + 64));
}

@inline
function sumSixteen(at: usize): f32 {
  return sumLanes(f32x4.add(f32x4.add(v128.load(at), v128.load(at, 16)), f32x4.add(v128.load(at, 32), v128.load(at, 48))));
}

/**
 * a·b + c, fused where the engine has relaxed SIMD. Two operations that nothing else uses stand for it, unless the module is for
 * such engines only: `decode` in instantiate.ts makes either a product and a sum of them, or one fused operation.
 */
@inline
export function madd(a: v128, b: v128, c: v128): v128 {
  return ASC_FEATURE_RELAXED_SIMD ? f32x4.relaxed_madd(a, b, c) : f64x2.pmax(f64x2.pmin(a, b), c);
}

/** Stores the first `count` lanes, 1 to 3: for the end of a row, past which nothing may be written. */
@inline
export function storePart(address: usize, v: v128, count: i32): void {
  if (count == 1) {
    v128.store32_lane(address, v, 0);
    return;
  }
  v128.store64_lane(address, v, 0);
  if (count == 3) v128.store32_lane(address, v, 2, 8);
}

/** Stores the first `count` lanes, or all four if there are more. */
@inline
export function storeUpToFour(address: usize, v: v128, count: i32): void {
  if (count >= 4) v128.store(address, v);
  else storePart(address, v, count);
}

/** Stores the first `count` lanes of two vectors side by side, or all eight if there are more. */
@inline
export function storeUpToEight(address: usize, a: v128, b: v128, count: i32): void {
  if (count >= 8) {
    storePair(address, a, b);
  } else {
    storeUpToFour(address, a, count);
    if (count > 4) storeUpToFour(address + 16, b, count - 4);
  }
}

/** Stores the first `count` lanes, up to four, `step` bytes apart. */
@inline
export function storeApart(to: usize, step: usize, v: v128, count: i32): void {
  v128.store32_lane(to, v, 0);
  if (count > 1) v128.store32_lane(to + step, v, 1);
  if (count > 2) v128.store32_lane(to + step * 2, v, 2);
  if (count > 3) v128.store32_lane(to + step * 3, v, 3);
}

@inline
export function storePair(to: usize, a: v128, b: v128): void {
  v128.store(to, a);
  v128.store(to, b, 16);
}

@inline
export function storeFour(to: usize, a: v128, b: v128, c: v128, d: v128): void {
  v128.store(to, a);
  v128.store(to, b, 16);
  v128.store(to, c, 32);
  v128.store(to, d, 48);
}

/** Transposes four vectors that lie `step` bytes apart; those made of them lie `toStep` bytes apart. */
@inline
export function turnFour(from: usize, step: usize, to: usize, toStep: usize): void {
  const a = v128.load(from), b = v128.load(from + step), c = v128.load(from + 2 * step), d = v128.load(from + 3 * step);
  const ab0 = v128.shuffle<i32>(a, b, 0, 4, 1, 5), ab2 = v128.shuffle<i32>(a, b, 2, 6, 3, 7);
  const cd0 = v128.shuffle<i32>(c, d, 0, 4, 1, 5), cd2 = v128.shuffle<i32>(c, d, 2, 6, 3, 7);
  v128.store(to, v128.shuffle<i32>(ab0, cd0, 0, 1, 4, 5));
  v128.store(to + toStep, v128.shuffle<i32>(ab0, cd0, 2, 3, 6, 7));
  v128.store(to + 2 * toStep, v128.shuffle<i32>(ab2, cd2, 0, 1, 4, 5));
  v128.store(to + 3 * toStep, v128.shuffle<i32>(ab2, cd2, 2, 3, 6, 7));
}

/** The sums of the lanes of each of four vectors. */
@inline
export function sumRows(a: v128, b: v128, c: v128, d: v128): v128 {
  const ab = f32x4.add(v128.shuffle<i32>(a, b, 0, 4, 1, 5), v128.shuffle<i32>(a, b, 2, 6, 3, 7));
  const cd = f32x4.add(v128.shuffle<i32>(c, d, 0, 4, 1, 5), v128.shuffle<i32>(c, d, 2, 6, 3, 7));
  return f32x4.add(v128.shuffle<i32>(ab, cd, 0, 1, 4, 5), v128.shuffle<i32>(ab, cd, 2, 3, 6, 7));
}
