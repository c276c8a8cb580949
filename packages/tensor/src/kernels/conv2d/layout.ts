import type { Pointer, WasmContext } from "../../devices/wasm/context.ts";
import type { Layout, Rectangle } from "../../devices/wasm/generated/conv2d.ts";
import type { AxisPlan } from "./axes.ts";
import type { Planes } from "./geometry.ts";

/** The planes of a group in scratch; see wasm-src/lib/planes.ts. */
export interface PlaneLayout {
  readonly channels: number;
  /** Distance in bytes of the dense planes, of their rows that follow each other in scratch; of columns, in elements. */
  readonly densePlane: number;
  readonly denseRow: number;
  readonly step: number;
  /** Bytes of one plane, of one row, and of all planes of a group with what may be read past them. */
  readonly plane: number;
  readonly row: number;
  readonly bytes: number;
  /** What is copied for each plane: the `Rectangle`s of wasm-src/lib/planes.ts. */
  readonly rectangles: Int32Array;
}

/** Bytes past the planes that may be read or written. */
const SLACK = 64;
const RECTANGLE_FIELDS: Rectangle["length"] = 4;

/** Lays out planes by the phases of both axes. */
export function layoutPlanes({ channels, extent }: Planes, rows: AxisPlan, columns: AxisPlan): PlaneLayout {
  const row = 4 * columns.pitch;
  const size = rows.sources.length * columns.sources.length * rows.length * row + 4 * (columns.length - columns.pitch);
  const plane = planeStride(size);
  const rectangles = rows.sources.flatMap((y, i) =>
    columns.sources.flatMap((x, j): Rectangle => [
      4 * (y.source * extent[1] + x.source),
      (i * columns.sources.length + j) * rows.length * row + y.packed * row + 4 * x.packed,
      x.count === 0 ? 0 : y.count,
      x.count,
    ]),
  );
  return {
    channels,
    densePlane: 4 * extent[0] * extent[1],
    denseRow: 4 * extent[1] * rows.sourceStep,
    step: columns.sourceStep,
    plane,
    row,
    bytes: channels * plane + SLACK,
    rectangles: Int32Array.from(rectangles),
  };
}

export function writeLayout(context: WasmContext, layout: PlaneLayout): Pointer<Layout> {
  const { channels, densePlane, denseRow, step, plane, row, rectangles } = layout;
  const address = context.ints(rectangles);
  return context.struct<Layout>(
    channels,
    densePlane,
    denseRow,
    step,
    plane,
    row,
    address,
    rectangles.length / RECTANGLE_FIELDS,
  );
}

/** Where each tap of a phase of the result lies from the position of that result, in bytes, for the first channel. */
export function tapOffsets(
  { row }: PlaneLayout,
  rows: AxisPlan,
  columns: AxisPlan,
  y: number,
  x: number,
): readonly TapOffset[] {
  const phaseOf = (axis: AxisPlan, phase: number): number => axis.sources.findIndex((source) => source.phase === phase);
  return rows.results[y]!.taps.flatMap((tapY) =>
    columns.results[x]!.taps.map((tapX) => ({
      row: tapY.index,
      column: tapX.index,
      offset:
        (phaseOf(rows, tapY.phase) * columns.sources.length + phaseOf(columns, tapX.phase)) * rows.length * row +
        tapY.shift * row +
        4 * tapX.shift,
    })),
  );
}

/** A tap of the kernel and where it reads. */
export interface TapOffset {
  readonly row: number;
  readonly column: number;
  readonly offset: number;
}

/** Odd multiples of a cache line: the same place of many planes falls into different sets of a cache. */
export function planeStride(bytes: number): number {
  return (Math.ceil(bytes / 64) | 1) * 64;
}
