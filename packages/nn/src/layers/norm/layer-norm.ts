import { type Shape, sizeOf, type Tensor } from "@tapegrad/tensor";
import { checkBoolean, checkFloat, checkSameDevice, readOptions } from "@tapegrad/tensor/internal";
import { listText, optionsText } from "../../module/module-text.ts";
import { AffineNorm } from "./affine-norm.ts";
import { asNormalizedShape, axesBefore, checkElementwise } from "./normalized-shape.ts";
import { affine, affineRules, standardize, type VarianceOptions } from "./standardize.ts";

/** Options of `LayerNorm`. */
export interface LayerNormOptions extends VarianceOptions {
  /** Whether each element has a learned scale and shift. @default true */
  readonly elementwiseAffine?: boolean;
}

/** What `layerNorm` scales and shifts with. */
export interface LayerNormArguments extends VarianceOptions {
  /** Scale, of the normalized shape. @default null, for ones */
  readonly weight?: Tensor | null;
  /** Shift, of the normalized shape. @default null, for zeros */
  readonly bias?: Tensor | null;
}

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
  const read = readOptions<LayerNormArguments>("layerNorm", options, affineRules);
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
export class LayerNorm extends AffineNorm {
  readonly normalizedShape: Shape;
  readonly elementwiseAffine: boolean;

  /** @throws ValueError if the shape is empty or has an extent below 1, or an option is unknown. */
  constructor(normalizedShape: number | Shape, options: LayerNormOptions = {}) {
    const { eps, elementwiseAffine } = readOptions("LayerNorm", options, {
      eps: affineRules.eps,
      elementwiseAffine: [true, checkBoolean],
    });
    const shape = asNormalizedShape("LayerNorm", normalizedShape);
    super(eps, elementwiseAffine ? shape : null);
    this.normalizedShape = shape;
    this.elementwiseAffine = elementwiseAffine;
  }

  override extraRepr(): string {
    return `${listText(this.normalizedShape)}, ${optionsText({ eps: this.eps, elementwiseAffine: this.elementwiseAffine })}`;
  }

  /** @throws ShapeError if the last axes of the input are not `normalizedShape`. */
  forward(input: Tensor): Tensor {
    return layerNormFor("LayerNorm", input, this.normalizedShape, this);
  }
}
