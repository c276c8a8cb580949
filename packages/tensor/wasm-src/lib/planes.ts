// Images in scratch memory: planes with zero borders, so that a tap of a kernel is one offset for all positions, and with
// the rows and columns of each phase of a stride together, so that strided convolutions read neighbours as others do.
import { copyRow, gatherRow } from "./rows";

/** A rectangle that is copied between a dense plane and a plane in scratch. Offsets are in bytes. */
@unmanaged
export class Rectangle {
  dense: i32;
  packed: i32;
  rows: i32;
  columns: i32;
}

/** Copies a rectangle of a dense plane, in which its rows lie `denseRow` bytes and its columns `step` elements apart. */
export function packRectangle(
  rectangle: Rectangle, from: usize, denseRow: usize, step: i32, to: usize, packedRow: usize,
): void {
  from += rectangle.dense;
  to += rectangle.packed;
  const columns = rectangle.columns;
  for (let row = rectangle.rows; row > 0; row--) {
    if (step == 1) copyRow(from, to, columns);
    else gatherRow(from, step, to, columns);
    from += denseRow;
    to += packedRow;
  }
}
