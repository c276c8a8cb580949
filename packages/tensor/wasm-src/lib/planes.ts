// Images in scratch memory: planes with zero borders, so that a tap of a kernel is one offset for all positions, and with
// the rows and columns of each phase of a stride together, so that strided convolutions read neighbours as others do.
import { turnFour } from "./lanes";
import { copyRow, gatherRow } from "./rows";

/** A rectangle that is copied between a dense plane and a plane in scratch. Offsets are in bytes. */
@unmanaged
export class Rectangle {
  dense: i32;
  packed: i32;
  rows: i32;
  columns: i32;
}

/** How the planes of a group are laid out in scratch. Distances are in bytes, `step` in elements. */
@unmanaged
export class Layout {
  /** Planes of a group. */
  channels: i32;
  /** Distance of dense planes, and of those rows and columns of one that follow each other in scratch. */
  densePlane: i32;
  denseRow: i32;
  step: i32;
  /** Distance of planes and rows in scratch. */
  packedPlane: i32;
  packedRow: i32;
  /** What is copied for each plane: a phase of the stride each. */
  rectangles: usize;
  rectangleCount: i32;
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

/** Lays out `count` planes of a group. */
export function packPlanes(layout: Layout, from: usize, count: i32, to: usize): void {
  for (let channel = 0; channel < count; channel++) {
    for (let i = 0; i < layout.rectangleCount; i++) {
      const rectangle = changetype<Rectangle>(layout.rectangles + <usize>i * offsetof<Rectangle>());
      packRectangle(rectangle, from, layout.denseRow, layout.step, to, layout.packedRow);
    }
    from += layout.densePlane;
    to += layout.packedPlane;
  }
}

/** to[position][lane] of `lanes` planes of `count` values, sixteen lanes a position. Those without a plane stay as they are. */
export function turnPlanes(from: usize, planeBytes: usize, count: i32, lanes: i32, to: usize): void {
  let lane = 0;
  for (; lane + 3 < lanes; lane += 4) {
    turnFourPlanes(from, planeBytes, count, to);
    from += 4 * planeBytes;
    to += 16;
  }
  for (; lane < lanes; lane++) {
    turnPlane(from, count, to);
    from += planeBytes;
    to += 4;
  }
}

function turnFourPlanes(from: usize, planeBytes: usize, count: i32, to: usize): void {
  for (; count >= 4; count -= 4) {
    turnFour(from, planeBytes, to, 64);
    from += 16;
    to += 256;
  }
  for (let lane: usize = 0; lane < 4; lane++) turnPlane(from + lane * planeBytes, count, to + (lane << 2));
}

function turnPlane(from: usize, count: i32, to: usize): void {
  for (; count > 0; count--) {
    store<f32>(to, load<f32>(from));
    from += 4;
    to += 64;
  }
}
