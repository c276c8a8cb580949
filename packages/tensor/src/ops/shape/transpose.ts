import { checkTensor, normalizeDim } from "../../checks/index.ts";
import type { Tensor } from "../../core.ts";
import { permute } from "./permute.ts";

/** Swaps two axes. @throws IndexError if one does not exist. */
export function transpose(x: Tensor, dim0: number, dim1: number): Tensor {
  checkTensor("transpose", x);
  const a = normalizeDim("transpose", dim0, x.rank);
  const b = normalizeDim("transpose", dim1, x.rank);
  const order = x.shape.map((_, axis) => (axis === a ? b : axis === b ? a : axis));
  return permute(x, order);
}
