import { checkTensor, normalizeDim } from "../../checks/index.ts";
import { ShapeError } from "../../errors.ts";
import { aroundAxis } from "../../kernels/lib/around-axis.ts";
import { argExtremeKernel } from "../../kernels/reduce.ts";
import { launchOne } from "../../launch.ts";
import { showShape, withExtent } from "../../tensor/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { reshape } from "../basic.ts";
import { keepsDim, type ReduceOptions } from "./reduce-axes.ts";

/** Positions of the largest (`sign` 1) or smallest (-1) values along an axis, or of all. Not differentiable. */
export function argExtreme(
  op: string,
  x: Tensor,
  dim: number | undefined,
  options: ReduceOptions = {},
  sign: 1 | -1,
): Tensor {
  checkTensor(op, x);
  const keepDim = keepsDim(op, options);
  if (dim === undefined) {
    const position = argExtreme(op, reshape(x.detach(), [x.size]), 0, {}, sign);
    const ones = x.shape.map(() => 1);
    return keepDim ? reshape(position, ones) : position;
  }
  const axis = normalizeDim(op, dim, x.rank);
  const { length, inner } = aroundAxis(x.shape, axis);
  if (length === 0)
    throw new ShapeError(`${op}: there is no value to choose along axis ${axis} of shape ${showShape(x.shape)}`);
  const shape = keepDim ? withExtent(x.shape, axis, 1) : x.shape.filter((_, i) => i !== axis);
  return launchOne(argExtremeKernel, [x], { shape, dtype: "int32" }, { length, inner, sign });
}
