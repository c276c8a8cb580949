import { type Shape, sizeOf } from "../../tensor/shape.ts";

/** One axis is reduced: `[outer, length, inner]` becomes `[outer, ⌈length / block⌉, inner]`. */
export interface Pass {
  readonly outer: number;
  readonly length: number;
  readonly inner: number;
  readonly block: number;
}

/**
 * So many values at most are added one after another: the rows in a block of columns. A single row, which has sixteen
 * interleaved sums, has sixteen times as many values in a block.
 */
const CHAIN = 256;

/** The passes that reduce `dims`, innermost first; at least one. */
export function planPasses(shape: Shape, dims: readonly number[]): Pass[] {
  const passes: Pass[] = [];
  let extents = [...shape];
  let axis = shape.length - 1;
  while (axis >= 0) {
    if (!dims.includes(axis)) {
      axis--;
      continue;
    }
    let first = axis;
    while (first > 0 && dims.includes(first - 1)) first--;
    const outer = sizeOf(extents.slice(0, first));
    let length = sizeOf(extents.slice(first, axis + 1));
    const inner = sizeOf(extents.slice(axis + 1));
    const limit = inner === 1 ? CHAIN * 16 : CHAIN;
    while (length > 1) {
      const block = length <= 2 * limit ? length : limit;
      passes.push({ outer, length, inner, block });
      length = Math.ceil(length / block);
    }
    extents = [...extents.slice(0, first), 1, ...extents.slice(axis + 1)];
    axis = first - 1;
  }
  const size = sizeOf(shape);
  return passes.length > 0 ? passes : [{ outer: size, length: 1, inner: 1, block: 1 }];
}
