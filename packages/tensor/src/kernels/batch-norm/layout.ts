import { CHAIN } from "../../devices/wasm/generated/batch-norm.ts";
import { type Shape, sizeOf } from "../../tensor/shape.ts";

// How tensors lie before batch norm: pictures, planes of channels, values.

/** `[n, c, …]` as `n` pictures of `c` planes of `inner` values. */
export function layoutOf(shape: Shape): { readonly n: number; readonly c: number; readonly inner: number } {
  return { n: shape[0]!, c: shape[1]!, inner: sizeOf(shape.slice(2)) };
}

/**
 * The units in which channels are summed: a channel of a group of pictures is one, of so many `values`. They go group by group, so
 * that a thread mostly sums what it made in the layer before.
 */
export function unitsOf(shape: Shape): { readonly groups: number; readonly units: number; readonly values: number } {
  const { n, c, inner } = layoutOf(shape);
  const together = Math.max(1, Math.floor(CHAIN / inner));
  const groups = Math.ceil(n / together);
  return { groups, units: groups * c, values: Math.min(n, together) * inner };
}
