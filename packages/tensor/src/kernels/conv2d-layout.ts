import type { WasmContext } from "../devices/wasm/context.ts";
import type { AxisPlan } from "./conv2d-axes.ts";
import type { Pair } from "./conv2d-geometry.ts";

/** The planes of a group in scratch; see wasm-src/lib/planes.ts. */
export interface PlaneLayout {
  /** Address of the `Layout` of wasm-src/conv2d.ts. */
  readonly address: number;
  /** Bytes of one plane, of one row, and of all planes of a group with what may be read past them. */
  readonly plane: number;
  readonly row: number;
  readonly bytes: number;
}

/** Bytes past the planes that may be read or written. */
const SLACK = 64;

/** Lays out `channels` planes of `extent` by the phases of both axes. */
export function layoutPlanes(
  context: WasmContext,
  channels: number,
  extent: Pair,
  rows: AxisPlan,
  columns: AxisPlan,
): PlaneLayout {
  const row = 4 * columns.pitch;
  const size = rows.sources.length * columns.sources.length * rows.length * row + 4 * (columns.length - columns.pitch);
  const plane = planeStride(size);
  const rectangles = rows.sources.flatMap((y, i) =>
    columns.sources.map((x, j) => [
      4 * (y.source * extent[1] + x.source),
      (i * columns.sources.length + j) * rows.length * row + y.packed * row + 4 * x.packed,
      x.count === 0 ? 0 : y.count,
      x.count,
    ]),
  );
  const address = context.ints([
    channels,
    4 * extent[0] * extent[1],
    4 * extent[1] * rows.sourceStep,
    columns.sourceStep,
    plane,
    row,
    context.ints(rectangles.flat()),
    rectangles.length,
  ]);
  return { address, plane, row, bytes: channels * plane + SLACK };
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
