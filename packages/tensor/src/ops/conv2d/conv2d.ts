import { checkFit, checkFloats, checkShapeOf } from "../../checks/index.ts";
import type { Tensor } from "../../core.ts";
import { reshape } from "../shape/reshape.ts";
import { conv2dGeometry, type Conv2dOptions } from "./conv2d-options.ts";
import { convolve } from "./convolution.ts";

export type { Conv2dOptions } from "./conv2d-options.ts";

/**
 * Slides kernels over images (cross-correlation, as in torch).
 *
 * `y[n, o, i, j] = bias[o] + Σ weight[o, c, k, l] · x[n, c, i·stride + k·dilation − padding, j·stride + l·dilation − padding]`
 * over the channels c of o's group and the taps k, l; x is zero outside the image.
 *
 * Shape: `x [n, c, h, w]` or `[c, h, w]`, `weight [o, c / groups, kh, kw]`, `bias [o]` →
 * `[n, o, ⌊(h + 2·padding − dilation·(kh − 1) − 1) / stride⌋ + 1, …]`. An empty batch gives an empty batch.
 *
 * @throws ShapeError if shapes do not go together or the kernel reaches beyond the padded image.
 * @throws ValueError if an option is not what it should be.
 * @throws DTypeError if a tensor is not float32.
 */
export function conv2d(x: Tensor, weight: Tensor, bias: Tensor | null = null, options: Conv2dOptions = {}): Tensor {
  return conv2dFor("conv2d", x, weight, bias, options);
}

/** `conv2d`, on behalf of a function or layer that errors shall name. */
export function conv2dFor(
  caller: string,
  x: Tensor,
  weight: Tensor,
  bias: Tensor | null,
  options: Conv2dOptions,
): Tensor {
  checkFloats(caller, { input: x, weight, ...(bias !== null && { bias }) });
  checkFit(caller, x.rank === 4 || x.rank === 3, "an input of shape [n, c, h, w] or [c, h, w]", x.shape);
  const batch = x.rank === 4 ? x.shape : [1, ...x.shape];
  const geometry = conv2dGeometry(caller, batch, weight.shape, options);
  if (bias !== null) checkShapeOf(caller, "bias", bias.shape, [geometry.outChannels]);
  const images = x.rank === 4 ? x : reshape(x, batch);
  const y = convolve(bias === null ? [images, weight] : [images, weight, bias], geometry);
  return x.rank === 4 ? y : reshape(y, y.shape.slice(1));
}
