import { ones, type Shape, sizeOf, type Tensor, zeros } from "@tapegrad/tensor";
import {
  checkNotNegative,
  checkBoolean,
  checkFloat,
  checkOptionalTensor,
  checkSameDevice,
  type OptionRules,
  readOptions,
} from "@tapegrad/tensor/internal";
import { constant } from "../../init/fill.ts";
import { listText, optionsText } from "../../module/module-text.ts";
import { Module } from "../../module/module.ts";
import { Parameter } from "../../module/parameter.ts";
import { asNormalizedShape, axesBefore, checkElementwise } from "./normalized-shape.ts";
import { affine, standardize } from "./standardize.ts";

/** Options of `LayerNorm`. */
export interface LayerNormOptions {
  /** Added to the variance. @default 1e-5 */
  readonly eps?: number;
  /** Whether each element has a learned scale and shift. @default true */
  readonly elementwiseAffine?: boolean;
}

/** What `layerNorm` scales and shifts with. */
export interface LayerNormArguments {
  /** Scale, of the normalized shape. @default null, for ones */
  readonly weight?: Tensor | null;
  /** Shift, of the normalized shape. @default null, for zeros */
  readonly bias?: Tensor | null;
  /** Added to the variance. @default 1e-5 */
  readonly eps?: number;
}

const rules: OptionRules<LayerNormArguments> = {
  weight: [null, checkOptionalTensor],
  bias: [null, checkOptionalTensor],
  eps: [1e-5, checkNotNegative],
};

/**
 * Normalises the last axes of every example by themselves: `y = (x − E[x]) / √(Var[x] + eps) · weight + bias`.
 *
 * Shape: `[…, …normalizedShape]`; the same comes out.
 *
 * @throws ShapeError if the last axes of the input are others, or weight or bias are not of that shape. @throws ValueError if the
 *   shape is empty or has an extent below 1, or an option is unknown. @throws DTypeError of int32.
 * @see Ba et al. 2016, https://arxiv.org/abs/1607.06450
 */
export function layerNorm(input: Tensor, normalizedShape: number | Shape, options: LayerNormArguments = {}): Tensor {
  const read = readOptions("layerNorm", options, rules);
  const shape = asNormalizedShape("layerNorm", normalizedShape);
  checkElementwise("layerNorm", shape, { weight: read.weight, bias: read.bias });
  return layerNormFor("layerNorm", input, shape, read);
}

function layerNormFor(caller: string, input: Tensor, shape: Shape, by: Required<LayerNormArguments>): Tensor {
  checkFloat(caller, input, "input");
  checkSameDevice(caller, [input, by.weight, by.bias]);
  const lead = axesBefore(caller, input, shape);
  return affine(standardize(caller, input, sizeOf(input.shape.slice(0, lead)), by.eps), by, shape);
}

/**
 * Normalises the last axes of every example by themselves: nothing depends on the batch or the mode.
 *
 * `y = (x − E[x]) / √(Var[x] + eps) · weight + bias` with mean and biased variance over the last axes.
 *
 * Shape: `[…, …normalizedShape]`; the same comes out. State: `weight` and `bias` of `normalizedShape`.
 *
 * @see Ba et al. 2016, https://arxiv.org/abs/1607.06450
 */
export class LayerNorm extends Module {
  readonly normalizedShape: Shape;
  readonly eps: number;
  readonly elementwiseAffine: boolean;
  readonly weight: Parameter | null;
  readonly bias: Parameter | null;

  /** @throws ValueError if the shape is empty or has an extent below 1, or an option is unknown. */
  constructor(normalizedShape: number | Shape, options: LayerNormOptions = {}) {
    super();
    const { eps, elementwiseAffine } = readOptions("LayerNorm", options, {
      eps: [1e-5, checkNotNegative],
      elementwiseAffine: [true, checkBoolean],
    });
    const shape = asNormalizedShape("LayerNorm", normalizedShape);
    this.normalizedShape = shape;
    this.eps = eps;
    this.elementwiseAffine = elementwiseAffine;
    this.weight = elementwiseAffine ? new Parameter(ones(shape)) : null;
    this.bias = elementwiseAffine ? new Parameter(zeros(shape)) : null;
  }

  /** Sets scale and shift to 1 and 0. */
  resetParameters(): void {
    if (this.weight !== null) constant(this.weight, 1);
    if (this.bias !== null) constant(this.bias, 0);
  }

  override extraRepr(): string {
    return `${listText(this.normalizedShape)}, ${optionsText({ eps: this.eps, elementwiseAffine: this.elementwiseAffine })}`;
  }

  /** @throws ShapeError if the last axes of the input are not `normalizedShape`. */
  forward(input: Tensor): Tensor {
    return layerNormFor("LayerNorm", input, this.normalizedShape, this);
  }
}
