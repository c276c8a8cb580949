import { CHAIN } from "../../devices/wasm/generated/batch-norm.ts";
import { type Shape, sizeOf } from "../../tensor/shape.ts";

// How tensors lie before batch norm: pictures, planes of channels, values.

/** `n` pictures of `c` planes of `inner` values. */
interface Layout {
  readonly n: number;
  readonly c: number;
  readonly inner: number;
}

/** Of a tensor `[n, c, …]`. */
export function layoutOf(shape: Shape): Layout {
  return { n: shape[0]!, c: shape[1]!, inner: sizeOf(shape.slice(2)) };
}

/**
 * The units in which channels are summed: a channel of `together` pictures is one, of so many `values`. They go group by group, so
 * that a thread mostly sums what it made in the layer before.
 */
export function unitsOf({ n, c, inner }: Layout): {
  readonly together: number;
  readonly groups: number;
  readonly units: number;
  readonly values: number;
} {
  const together = Math.max(1, Math.floor(CHAIN / inner));
  const groups = Math.ceil(n / together);
  return { together, groups, units: groups * c, values: Math.min(n, together) * inner };
}
