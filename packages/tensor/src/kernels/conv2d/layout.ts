import type { Pointer, WasmContext } from "../../devices/wasm/context.ts";
import type { Layout, Rectangle } from "../../devices/wasm/generated/conv2d.ts";
import type { AxisPlan } from "./axes.ts";
import type { Planes } from "./geometry.ts";

/** The planes of a group in scratch; see wasm-src/lib/planes.ts. */
export interface PlaneLayout {
  readonly channels: number;
  readonly dense: DenseSteps;
  /** Bytes of one plane, of one row, and of all planes of a group with what may be read past them. */
  readonly plane: number;
  readonly row: number;
  readonly bytes: number;
  /** What is copied for each plane: the `Rectangle`s of wasm-src/lib/planes.ts. */
  readonly rectangles: Int32Array;
}

/** Distance in bytes of dense planes, and of their rows that follow each other in scratch; of columns, in elements. */
export type DenseSteps = readonly [plane: number, row: number, step: number];

/** Of planes whose rows and columns are taken in such steps. */
export function denseSteps({ extent }: Planes, rowStep: number, step: number): DenseSteps {
  return [4 * extent[0] * extent[1], 4 * extent[1] * rowStep, step];
}

/** Bytes past the planes that may be read or written. */
const SLACK = 64;
const RECTANGLE_FIELDS: Rectangle["length"] = 4;

/** Lays out planes by the phases of both axes. */
export function layoutPlanes(planes: Planes, rows: AxisPlan, columns: AxisPlan): PlaneLayout {
  const row = 4 * columns.pitch;
  const size = rows.sources.length * columns.sources.length * rows.length * row + 4 * (columns.length - columns.pitch);
  const plane = planeStride(size);
  const rectangles = rows.sources.flatMap((y, i) =>
    columns.sources.flatMap((x, j): Rectangle => [
      4 * (y.source * planes.extent[1] + x.source),
      (i * columns.sources.length + j) * rows.length * row + y.packed * row + 4 * x.packed,
      x.count === 0 ? 0 : y.count,
      x.count,
    ]),
  );
  return {
    channels: planes.channels,
    dense: denseSteps(planes, rows.sourceStep, columns.sourceStep),
    plane,
    row,
    bytes: planes.channels * plane + SLACK,
    rectangles: Int32Array.from(rectangles),
  };
}

export function writeLayout(context: WasmContext, layout: PlaneLayout): Pointer<Layout> {
  const { channels, dense, plane, row, rectangles } = layout;
  const copied = [context.ints(rectangles), rectangles.length / RECTANGLE_FIELDS] as const;
  return context.struct<Layout>(channels, ...dense, plane, row, ...copied);
}

/** Which taps a phase of the result has, and where each lies from the position of that result, in bytes, for the first channel. */
export function tapOffsets(
  { row }: PlaneLayout,
  rows: AxisPlan,
  columns: AxisPlan,
  y: number,
  x: number,
): readonly { readonly row: number; readonly column: number; readonly offset: number }[] {
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

/** Odd multiples of a cache line: the same place of many planes falls into different sets of a cache. */
export function planeStride(bytes: number): number {
  return (Math.ceil(bytes / 64) | 1) * 64;
}
