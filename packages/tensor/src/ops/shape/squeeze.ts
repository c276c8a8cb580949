import { checkTensor, normalizeDims } from "../../checks/index.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { reshape } from "./reshape.ts";

/** Drops axes of extent 1: all of them, or those named; a named one of another extent stays, as in torch. */
export function squeeze(x: Tensor, dim?: number | readonly number[]): Tensor {
  checkTensor("squeeze", x);
  const dims = normalizeDims("squeeze", dim, x.rank);
  const shape = x.shape.filter((extent, axis) => extent !== 1 || !dims.includes(axis));
  return reshape(x, shape);
}
