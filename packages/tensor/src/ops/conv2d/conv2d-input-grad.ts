import { checkFit, checkFloats, checkShape, checkShapeOf } from "../../checks/index.ts";
import type { Shape, Tensor } from "../../core.ts";
import { conv2dGeometry, type Conv2dOptions } from "./conv2d-options.ts";
import { convolveInputGrad, outputShape } from "./convolution.ts";

/**
 * The gradient of `conv2d` for its input: the adjoint of the convolution, known as transposed convolution.
 *
 * Shape: `grad [n, o, h′, w′]`, `weight [o, c / groups, kh, kw]` → `inputShape`, `[n, c, h, w]`. Several input shapes give
 * outputs of the same extent; hence it is asked for.
 *
 * @throws ShapeError, ValueError or DTypeError as `conv2d`, or if `grad` is not shaped like its result.
 */
export function conv2dInputGrad(grad: Tensor, weight: Tensor, inputShape: Shape, options: Conv2dOptions = {}): Tensor {
  checkFloats("conv2dInputGrad", { gradient: grad, weight });
  checkShape("conv2dInputGrad", inputShape);
  checkFit("conv2dInputGrad", inputShape.length === 4, "an input shape [n, c, h, w]", inputShape);
  const geometry = conv2dGeometry("conv2dInputGrad", inputShape, weight.shape, options);
  checkShapeOf("conv2dInputGrad", "gradient", grad.shape, outputShape(geometry));
  return convolveInputGrad([grad, weight], geometry);
}
