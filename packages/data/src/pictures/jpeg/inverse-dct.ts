/**
 * The inverse cosine transform of a block, with libjpeg's arithmetic to the bit: Loeffler, Ligtenberg and Moschytz' with 13-bit
 * constants, columns first.
 *
 * @param block 64 coefficients in rows from `from` on, to be multiplied by `quantization`.
 * @param samples gets the 8 × 8 levels, in rows `stride` apart, from `to` on.
 * @see jidctint.c of https://libjpeg-turbo.org
 */
export function inverseDct(
  block: Int16Array,
  from: number,
  quantization: Uint16Array,
  samples: Uint8ClampedArray,
  to: number,
  stride: number,
): void {
  const halfway = columns;
  for (let x = 0; x < 8; x++, from++) {
    const [i1, i2, i3, i4] = [block[from + 8]!, block[from + 16]!, block[from + 24]!, block[from + 32]!];
    const [i5, i6, i7] = [block[from + 40]!, block[from + 48]!, block[from + 56]!];
    const i0 = Math.imul(block[from]!, quantization[x]!);
    if ((i1 | i2 | i3 | i4 | i5 | i6 | i7) === 0) {
      const mean = i0 << KEPT_BITS;
      for (let i = x; i < 64; i += 8) halfway[i] = mean;
      continue;
    }
    const c2 = Math.imul(i2, quantization[x + 16]!);
    const c6 = Math.imul(i6, quantization[x + 48]!);
    const turn = Math.imul(c2 + c6, F0_541);
    const low = turn - Math.imul(c6, F1_847);
    const high = turn + Math.imul(c2, F0_765);
    const c4 = Math.imul(i4, quantization[x + 32]!);
    const sum = ((i0 + c4) << CONSTANT_BITS) + COLUMN_ROUNDING;
    const difference = ((i0 - c4) << CONSTANT_BITS) + COLUMN_ROUNDING;
    const [e0, e1, e2, e3] = [(sum + high) | 0, (difference + low) | 0, (difference - low) | 0, (sum - high) | 0];

    const c1 = Math.imul(i1, quantization[x + 8]!);
    const c3 = Math.imul(i3, quantization[x + 24]!);
    const c5 = Math.imul(i5, quantization[x + 40]!);
    const c7 = Math.imul(i7, quantization[x + 56]!);
    const all = Math.imul(c7 + c3 + c5 + c1, F1_175);
    const outer = Math.imul(c7 + c1, F0_899);
    const inner = Math.imul(c5 + c3, F2_562);
    const [z3, z4] = [all - Math.imul(c7 + c3, F1_961), all - Math.imul(c5 + c1, F0_390)];
    const o0 = (Math.imul(c1, F1_501) - outer + z4) | 0;
    const o1 = (Math.imul(c3, F3_072) - inner + z3) | 0;
    const o2 = (Math.imul(c5, F2_053) - inner + z4) | 0;
    const o3 = (Math.imul(c7, F0_298) - outer + z3) | 0;

    halfway[x] = (e0 + o0) >> COLUMN_SHIFT;
    halfway[x + 8] = (e1 + o1) >> COLUMN_SHIFT;
    halfway[x + 16] = (e2 + o2) >> COLUMN_SHIFT;
    halfway[x + 24] = (e3 + o3) >> COLUMN_SHIFT;
    halfway[x + 32] = (e3 - o3) >> COLUMN_SHIFT;
    halfway[x + 40] = (e2 - o2) >> COLUMN_SHIFT;
    halfway[x + 48] = (e1 - o1) >> COLUMN_SHIFT;
    halfway[x + 56] = (e0 - o0) >> COLUMN_SHIFT;
  }
  for (let at = 0; at < 64; at += 8, to += stride) {
    const [c2, c6] = [halfway[at + 2]!, halfway[at + 6]!];
    const turn = Math.imul(c2 + c6, F0_541);
    const low = turn - Math.imul(c6, F1_847);
    const high = turn + Math.imul(c2, F0_765);
    const sum = ((halfway[at]! + halfway[at + 4]!) << CONSTANT_BITS) + ROW_ROUNDING;
    const difference = ((halfway[at]! - halfway[at + 4]!) << CONSTANT_BITS) + ROW_ROUNDING;
    const [e0, e1, e2, e3] = [(sum + high) | 0, (difference + low) | 0, (difference - low) | 0, (sum - high) | 0];

    const [c1, c3, c5, c7] = [halfway[at + 1]!, halfway[at + 3]!, halfway[at + 5]!, halfway[at + 7]!];
    const all = Math.imul(c7 + c3 + c5 + c1, F1_175);
    const outer = Math.imul(c7 + c1, F0_899);
    const inner = Math.imul(c5 + c3, F2_562);
    const [z3, z4] = [all - Math.imul(c7 + c3, F1_961), all - Math.imul(c5 + c1, F0_390)];
    const o0 = (Math.imul(c1, F1_501) - outer + z4) | 0;
    const o1 = (Math.imul(c3, F3_072) - inner + z3) | 0;
    const o2 = (Math.imul(c5, F2_053) - inner + z4) | 0;
    const o3 = (Math.imul(c7, F0_298) - outer + z3) | 0;

    // The array cuts levels off at 0 and 255.
    samples[to] = (e0 + o0) >> ROW_SHIFT;
    samples[to + 1] = (e1 + o1) >> ROW_SHIFT;
    samples[to + 2] = (e2 + o2) >> ROW_SHIFT;
    samples[to + 3] = (e3 + o3) >> ROW_SHIFT;
    samples[to + 4] = (e3 - o3) >> ROW_SHIFT;
    samples[to + 5] = (e2 - o2) >> ROW_SHIFT;
    samples[to + 6] = (e1 - o1) >> ROW_SHIFT;
    samples[to + 7] = (e0 - o0) >> ROW_SHIFT;
  }
}

/** The levels of a block that has nothing but a mean. */
export function fillBlock(mean: number, samples: Uint8ClampedArray, to: number, stride: number): void {
  const level = ((mean + 4) >> 3) + 128;
  for (let y = 0; y < 8; y++, to += stride) for (let x = 0; x < 8; x++) samples[to + x] = level;
}

/** The columns' transforms, which the rows' begin with. */
const columns = new Int32Array(64);

const CONSTANT_BITS = 13;
/** Bits that columns keep for rows. */
const KEPT_BITS = 2;
const COLUMN_SHIFT = CONSTANT_BITS - KEPT_BITS;
const COLUMN_ROUNDING = 1 << (COLUMN_SHIFT - 1);
/** Another 3 bits, since the transform is √8 times too large in both directions. */
const ROW_SHIFT = CONSTANT_BITS + KEPT_BITS + 3;
/** Coded levels lie around 0, stored ones around 128. */
const ROW_ROUNDING = (128 << ROW_SHIFT) + (1 << (ROW_SHIFT - 1));

const fixed = (value: number): number => Math.round(value * 2 ** CONSTANT_BITS);
const F0_298 = fixed(0.298631336);
const F0_390 = fixed(0.390180644);
const F0_541 = fixed(0.5411961);
const F0_765 = fixed(0.765366865);
const F0_899 = fixed(0.899976223);
const F1_175 = fixed(1.175875602);
const F1_501 = fixed(1.50132111);
const F1_847 = fixed(1.847759065);
const F1_961 = fixed(1.96157056);
const F2_053 = fixed(2.053119869);
const F2_562 = fixed(2.562915447);
const F3_072 = fixed(3.072711026);
