// How much work makes a piece that is worth a thread's while, at the least.

/** Multiply–adds. */
export const PIECE_WORK = 65_536;
/** Values that are computed one by one, moved or drawn. */
export const GRAIN = 8192;
/** Elements of a parameter, in a step of an optimizer. */
export const PARAMETER_GRAIN = 16_384;

/** Planes of so many values, with each of which little is done. */
export function planesPerPiece(values: number): number {
  return Math.max(1, Math.ceil(16_384 / values));
}
