import { checkFit, checkFloats, checkShape, checkShapeOf } from "../../checks/index.ts";
import type { Shape, Tensor } from "../../core.ts";
import { conv2dGeometry, type Conv2dOptions } from "./conv2d-options.ts";
import { convolveWeightGrad, outputShape } from "./convolution.ts";

/**
 * The gradient of `conv2d` for its weight. Over the images of a batch it is summed in an order that does not depend on the
 * number of threads.
 *
 * Shape: `grad [n, o, h′, w′]`, `x [n, c, h, w]` → `weightShape`, `[o, c / groups, kh, kw]`.
 *
 * @throws ShapeError, ValueError or DTypeError as `conv2d`, or if `grad` is not shaped like its result.
 */
export function conv2dWeightGrad(grad: Tensor, x: Tensor, weightShape: Shape, options: Conv2dOptions = {}): Tensor {
  checkFloats("conv2dWeightGrad", { gradient: grad, input: x });
  checkShape("conv2dWeightGrad", weightShape);
  checkFit("conv2dWeightGrad", x.rank === 4, "an input of shape [n, c, h, w]", x.shape);
  const geometry = conv2dGeometry("conv2dWeightGrad", x.shape, weightShape, options);
  checkShapeOf("conv2dWeightGrad", "gradient", grad.shape, outputShape(geometry));
  return convolveWeightGrad([grad, x], geometry);
}
