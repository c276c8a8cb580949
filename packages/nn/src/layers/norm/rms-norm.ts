import { ones, type Shape, sizeOf, type Tensor } from "@tapegrad/tensor";
import {
  checkBoolean,
  checkFloat,
  checkOptionalTensor,
  checkSameDevice,
  divideByRms,
  type OptionRules,
  orNull,
  readOptions,
} from "@tapegrad/tensor/internal";
import { mul } from "@tapegrad/tensor/ops";
import { checkNonNegativeReal } from "../../checks/check-values.ts";
import { constant } from "../../init/fill.ts";
import { listText, optionsText } from "../../module/module-text.ts";
import { Module } from "../../module/module.ts";
import { Parameter } from "../../module/parameter.ts";
import { asNormalizedShape, axesBefore, checkElementwise } from "./normalized-shape.ts";

/** Options of `RMSNorm`. */
export interface RMSNormOptions {
  /** Added to the mean square; null for the float32 epsilon, 2⁻²³. @default null */
  readonly eps?: number | null;
  /** Whether each element has a learned scale. @default true */
  readonly elementwiseAffine?: boolean;
}

/** What `rmsNorm` scales with. */
export interface RMSNormArguments {
  /** Scale, of the normalized shape. @default null, for ones */
  readonly weight?: Tensor | null;
  /** Added to the mean square; null for the float32 epsilon, 2⁻²³. @default null */
  readonly eps?: number | null;
}

const rules: OptionRules<RMSNormArguments> = {
  weight: [null, checkOptionalTensor],
  eps: [null, /* @__PURE__ */ orNull(checkNonNegativeReal)],
};

/**
 * Divides the last axes of every example by their root mean square: `y = x / √(E[x²] + eps) · weight`.
 *
 * Shape: `[…, …normalizedShape]`; the same comes out. PyTorch has it since 2.4.
 *
 * @throws ShapeError if the last axes of the input are others, or the weight is not of that shape. @throws ValueError if the shape
 *   is empty or has an extent below 1, or an option is unknown. @throws DTypeError of int32.
 * @see Zhang & Sennrich 2019, https://arxiv.org/abs/1910.07467
 */
export function rmsNorm(input: Tensor, normalizedShape: number | Shape, options: RMSNormArguments = {}): Tensor {
  const { weight, eps } = readOptions("rmsNorm", options, rules);
  const shape = asNormalizedShape("rmsNorm", normalizedShape);
  checkElementwise("rmsNorm", shape, { weight });
  return rmsNormFor("rmsNorm", input, shape, weight, eps);
}

function rmsNormFor(caller: string, input: Tensor, shape: Shape, weight: Tensor | null, eps: number | null): Tensor {
  checkFloat(caller, input, "input");
  checkSameDevice(caller, [input, weight]);
  const lead = axesBefore(caller, input, shape);
  const axes = shape.map((_, i) => lead + i);
  const normalized = divideByRms([input], { axes, count: sizeOf(shape), eps: eps ?? 2 ** -23 });
  return weight === null ? normalized : mul(normalized, weight);
}

/**
 * Divides the last axes of every example by their root mean square: `y = x / √(E[x²] + eps) · weight`. Nothing depends on the
 * batch or the mode.
 *
 * Shape: `[…, …normalizedShape]`; the same comes out. State: `weight` of `normalizedShape`. PyTorch has it since 2.4.
 *
 * @see Zhang & Sennrich 2019, https://arxiv.org/abs/1910.07467
 */
export class RMSNorm extends Module {
  readonly normalizedShape: Shape;
  readonly eps: number | null;
  readonly elementwiseAffine: boolean;
  readonly weight: Parameter | null;

  /** @throws ValueError if the shape is empty or has an extent below 1, or an option is unknown. */
  constructor(normalizedShape: number | Shape, options: RMSNormOptions = {}) {
    super();
    const { eps, elementwiseAffine } = readOptions("RMSNorm", options, {
      eps: [null, orNull(checkNonNegativeReal)],
      elementwiseAffine: [true, checkBoolean],
    });
    const shape = asNormalizedShape("RMSNorm", normalizedShape);
    this.normalizedShape = shape;
    this.eps = eps;
    this.elementwiseAffine = elementwiseAffine;
    this.weight = elementwiseAffine ? new Parameter(ones(shape)) : null;
  }

  /** Sets the scale to 1. */
  resetParameters(): void {
    if (this.weight !== null) constant(this.weight, 1);
  }

  override extraRepr(): string {
    return `${listText(this.normalizedShape)}, ${optionsText({ eps: this.eps, elementwiseAffine: this.elementwiseAffine })}`;
  }

  /** @throws ShapeError if the last axes of the input are not `normalizedShape`. */
  forward(input: Tensor): Tensor {
    return rmsNormFor("RMSNorm", input, this.normalizedShape, this.weight, this.eps);
  }
}
