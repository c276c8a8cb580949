import { checkTensor, normalizeDim } from "../../checks/index.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { reshape } from "./reshape.ts";

/** Inserts an axis of extent 1 before axis `dim`; -1 appends one. @throws IndexError if `dim` is out of range. */
export function unsqueeze(x: Tensor, dim: number): Tensor {
  checkTensor("unsqueeze", x);
  const axis = normalizeDim("unsqueeze", dim, x.rank + 1);
  return reshape(x, [...x.shape.slice(0, axis), 1, ...x.shape.slice(axis)]);
}
