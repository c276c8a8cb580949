/** The two kinds of 8-bit floats: sign, exponent and fraction take 1, 4 and 3 bits, or 1, 5 and 2. */
export type Float8 = "e4m3fn" | "e5m2";

/**
 * The value of an 8-bit float; exact.
 *
 * @see Micikevicius et al. 2022, https://arxiv.org/abs/2209.05433: e4m3fn has no infinities, and NaN only where all bits are set.
 */
export function float8ToNumber(bits: number, kind: Float8): number {
  const [fractionBits, bias] = kind === "e4m3fn" ? [3, 7] : [2, 15];
  const sign = bits & 0x80 ? -1 : 1;
  const magnitude = bits & 0x7f;
  if (kind === "e4m3fn" && magnitude === 0x7f) return NaN;
  if (kind === "e5m2" && magnitude >= 0x7c) return magnitude === 0x7c ? sign * Infinity : NaN;
  const exponent = magnitude >> fractionBits;
  const fraction = (magnitude & (2 ** fractionBits - 1)) / 2 ** fractionBits;
  return exponent === 0 ? sign * fraction * 2 ** (1 - bias) : sign * (1 + fraction) * 2 ** (exponent - bias);
}
