// Runs of neighbours, of which strided layouts consist.
import { copyRow } from "./rows";

/** Where the run with this number begins; `row` is the distance from the extents to the strides. */
@inline
export function offsetOf(run: i32, last: usize, layout: usize, row: usize): i32 {
  let offset = 0;
  for (let axis = last; axis > 0; ) {
    axis -= 4;
    const extent = load<i32>(layout + axis);
    const rest = run / extent;
    offset += (run - rest * extent) * load<i32>(layout + row + axis);
    run = rest;
  }
  return offset;
}

export function copyRun(source: usize, target: usize, count: i32): void {
  if (count > 64) memory.copy(target, source, <usize>count << 2);
  else copyRow(source, target, count);
}
