import { checkTensor, normalizeDim } from "../../checks/index.ts";
import type { Tensor } from "../../core.ts";
import { transpose } from "../basic.ts";

/** Swaps two axes: numpy's name of `transpose`. @throws IndexError if one does not exist. */
export function swapaxes(x: Tensor, axis0: number, axis1: number): Tensor {
  checkTensor("swapaxes", x);
  return transpose(x, normalizeDim("swapaxes", axis0, x.rank), normalizeDim("swapaxes", axis1, x.rank));
}
