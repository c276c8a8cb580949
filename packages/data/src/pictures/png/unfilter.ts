/**
 * Undoes the prediction of a row's bytes from the pixel to the left (a), the row above (b), and the pixel above left (c).
 *
 * @param filter 0 none, 1 a, 2 b, 3 their mean, 4 Paeth's choice of the three.
 * @param row the bytes from `start` to `end`, after the `start` bytes of a pixel of zeros; `above` likewise.
 * @see https://www.w3.org/TR/png-3/#9Filters
 */
export function unfilter(filter: number, row: Uint8Array, above: Uint8Array, start: number, end: number): void {
  if (filter === 1) {
    for (let i = start; i < end; i++) row[i] = row[i]! + row[i - start]!;
  } else if (filter === 2) {
    for (let i = start; i < end; i++) row[i] = row[i]! + above[i]!;
  } else if (filter === 3) {
    for (let i = start; i < end; i++) row[i] = row[i]! + ((row[i - start]! + above[i]!) >> 1);
  } else if (filter === 4) {
    unpredict(row, above, start, end);
  }
}

/** Paeth's choice is whichever of a, b and c is nearest to a + b − c. */
function unpredict(row: Uint8Array, above: Uint8Array, start: number, end: number): void {
  for (let i = start; i < end; i++) {
    const a = row[i - start]!;
    const b = above[i]!;
    const c = above[i - start]!;
    const toA = Math.abs(b - c);
    const toB = Math.abs(a - c);
    const toC = Math.abs(a + b - 2 * c);
    row[i] = row[i]! + (toA <= toB && toA <= toC ? a : toB <= toC ? b : c);
  }
}
