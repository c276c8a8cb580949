import { launchOne, type Tensor } from "../../core.ts";
import { aroundAxis } from "../../kernels/lib/around-axis.ts";
import { argExtremeKernel } from "../../kernels/reduce/kernel.ts";
import { reshape } from "../basic.ts";
import { axisOf } from "./axis-of.ts";
import { choiceAxes, type ReduceOptions } from "./reduce-axes.ts";

/** Positions of the largest (`sign` 1) or smallest (-1) values along an axis, or of all. Not differentiable. */
export function argExtreme(op: string, sign: 1 | -1, x: Tensor, dim?: number, options?: ReduceOptions): Tensor {
  const axis = dim === undefined ? undefined : axisOf(op, x, dim);
  const { shape } = choiceAxes(op, x, axis, options);
  const list = axis === undefined ? reshape(x.detach(), [x.size]) : x;
  const { length, inner } = aroundAxis(list.shape, axis ?? 0);
  return launchOne(argExtremeKernel, [list], { shape, dtype: "int32" }, { length, inner, sign });
}
