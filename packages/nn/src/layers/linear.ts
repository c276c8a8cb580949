import { type Shape, ShapeError, sizeOf, type Tensor } from "@tapegrad/tensor";
import { checkTensor, readOptions, showShape } from "@tapegrad/tensor/internal";
import { linear } from "@tapegrad/tensor/ops";
import { checkSizes } from "../checks/check-sizes.ts";
import { optionsText } from "../module/module-text.ts";
import { biasRule, WeightedLayer } from "./weighted-layer.ts";

/** Options of `Linear`. */
export interface LinearOptions {
  /** Whether a bias is added. @default true */
  readonly bias?: boolean;
}

/**
 * Maps every vector along the last axis: `y = x · Wᵀ + b`.
 *
 * Shape: `[…, inFeatures] → […, outFeatures]`. State: `weight` `[outFeatures, inFeatures]`, `bias` `[outFeatures]`;
 * both are drawn from U(±1/√inFeatures).
 */
export class Linear extends WeightedLayer {
  readonly inFeatures: number;
  readonly outFeatures: number;

  /** @throws ValueError if a size is not a positive integer or an option unknown. */
  constructor(inFeatures: number, outFeatures: number, options: LinearOptions = {}) {
    const { bias } = readOptions("Linear", options, biasRule);
    checkSizes("Linear", { inFeatures, outFeatures });
    super("Linear", [outFeatures, inFeatures], bias ? outFeatures : null);
    this.inFeatures = inFeatures;
    this.outFeatures = outFeatures;
    this.resetParameters();
  }

  override multiplyAdds(_input: Shape, output: Shape): number {
    return sizeOf(output) * this.inFeatures;
  }

  override extraRepr(): string {
    const { inFeatures, outFeatures, bias } = this;
    return optionsText({ inFeatures, outFeatures, bias: bias !== null });
  }

  /** @throws ShapeError if the last axis is not `inFeatures` long. */
  forward(input: Tensor): Tensor {
    checkTensor("Linear", input, "input");
    if (input.shape.at(-1) !== this.inFeatures) {
      throw new ShapeError(
        `Linear: expected input […, ${this.inFeatures}], got ${showShape(input.shape)}, for weight ${showShape(this.weight.shape)}`,
      );
    }
    return linear(input, this.weight, this.bias);
  }
}
