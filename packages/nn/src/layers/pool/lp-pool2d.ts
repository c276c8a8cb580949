import type { RowsAndColumns, Tensor } from "@tapegrad/tensor";
import {
  asExtents,
  avgPool2dFor,
  checkBoolean,
  checkFloat,
  type OptionRules,
  orNull,
  readOptions,
} from "@tapegrad/tensor/internal";
import { abs, mul, pow, relu, sign } from "@tapegrad/tensor/ops";
import { asPair, checkPair, checkRank } from "../../checks/check-sizes.ts";
import { checkPower } from "../../checks/check-values.ts";
import { layerOf, type LayerOf } from "../../module/module-of.ts";

/** Options of `lpPool2d`. */
export interface LPPool2dOptions {
  /** Distance between windows. @default the kernel size */
  readonly stride?: RowsAndColumns | null;
  /** Whether a last window counts that begins inside but reaches out of the image. @default false */
  readonly ceilMode?: boolean;
}

const rules: OptionRules<LPPool2dOptions> = {
  stride: [null, /* @__PURE__ */ orNull(/* @__PURE__ */ checkPair(1))],
  ceilMode: [false, checkBoolean],
};

/**
 * The p-norm of each window without magnitudes: `(Σ xᵖ)^(1/p)`; 1 adds up, and towards ∞ it becomes max pooling. Where the
 * sum is 0, so is the gradient. A window of `ceilMode` that is cut off counts as if its missing cells had the mean of the others.
 *
 * Shape: `[n, c, h, w] → [n, c, ⌊(h − k) / stride⌋ + 1, …]`; without `n` alike.
 *
 * @param normType p, a number other than 0. Broken ones give NaN for negative values.
 * @throws ShapeError if the image is smaller than a window. @throws ValueError if a size or option is not what it should
 *   be, or unknown. @throws DTypeError of int32.
 */
export function lpPool2d(
  input: Tensor,
  normType: number,
  kernelSize: RowsAndColumns,
  options: LPPool2dOptions = {},
): Tensor {
  checkRank("lpPool2d", input, ["n, c, h, w", "c, h, w"]);
  checkFloat("lpPool2d", input, "input");
  checkPower("lpPool2d", "normType", normType);
  const kernel = asPair(asExtents("lpPool2d", "kernelSize", kernelSize, 2, 1));
  return powerMeans("lpPool2d", input, normType, kernel, readOptions("lpPool2d", options, rules));
}

/** The p-norm of each window of images, on behalf of a function that errors shall name. */
export function powerMeans(
  caller: string,
  input: Tensor,
  normType: number,
  kernel: readonly [rows: number, columns: number],
  options: LPPool2dOptions,
): Tensor {
  const means = avgPool2dFor(caller, pow(input, normType), kernel, options);
  // The way through relu makes the gradient 0 where the mean is 0, as in torch.
  return pow(mul(mul(sign(means), relu(abs(means))), kernel[0] * kernel[1]), 1 / normType);
}

const Layer: LayerOf<typeof lpPool2d, ["normType", "kernelSize"]> = /* @__PURE__ */ layerOf(
  lpPool2d,
  { normType: checkPower, kernelSize: /* @__PURE__ */ checkPair(1) },
  rules,
);

/** The p-norm of each window: `lpPool2d` as a module. */
export class LPPool2d extends Layer {}
