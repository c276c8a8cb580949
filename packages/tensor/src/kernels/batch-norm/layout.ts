import { type Shape, sizeOf } from "../../tensor/shape.ts";

// How tensors lie before batch norm: pictures, planes of channels, values.

/** `[n, c, …]` as `n` pictures of `c` planes of `inner` values. */
export function layoutOf(shape: Shape): { readonly n: number; readonly c: number; readonly inner: number } {
  return { n: shape[0]!, c: shape[1]!, inner: sizeOf(shape.slice(2)) };
}
