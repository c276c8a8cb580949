import { ones, ShapeError, type Tensor, zeros } from "@tapegrad/tensor";
import { checkBoolean, checkFloat, checkSameDevice, readOptions, showShape } from "@tapegrad/tensor/internal";
import { checkChannels, checkGroups, checkSizes } from "../../checks/check-sizes.ts";
import { checkNotNegative } from "../../checks/check-values.ts";
import { constant } from "../../init/fill.ts";
import { optionsText } from "../../module/module-text.ts";
import { Module } from "../../module/module.ts";
import { Parameter } from "../../module/parameter.ts";
import { affine, standardize } from "./standardize.ts";

/** Options of `GroupNorm`. */
export interface GroupNormOptions {
  /** Added to the variance. @default 1e-5 */
  readonly eps?: number;
  /** Whether each channel has a learned scale and shift. @default true */
  readonly affine?: boolean;
}

/**
 * Normalises groups of channels of each image by themselves: nothing depends on the batch or the mode.
 *
 * `y = (x − E[x]) / √(Var[x] + eps) · weight + bias` with mean and biased variance over a group's channels and all
 * axes after them.
 *
 * Shape: `[n, numChannels, …] → [n, numChannels, …]`. State: `weight` and `bias` `[numChannels]`.
 *
 * @see Wu & He 2018, https://arxiv.org/abs/1803.08494
 */
export class GroupNorm extends Module {
  readonly numGroups: number;
  readonly numChannels: number;
  readonly eps: number;
  readonly affine: boolean;
  readonly weight: Parameter | null;
  readonly bias: Parameter | null;

  /** @throws ValueError if `numGroups` does not divide `numChannels` or an option is unknown. */
  constructor(numGroups: number, numChannels: number, options: GroupNormOptions = {}) {
    super();
    const { eps, affine } = readOptions("GroupNorm", options, {
      eps: [1e-5, checkNotNegative],
      affine: [true, checkBoolean],
    });
    checkSizes("GroupNorm", { numGroups, numChannels });
    checkGroups("GroupNorm", { numChannels }, numGroups);
    this.numGroups = numGroups;
    this.numChannels = numChannels;
    this.eps = eps;
    this.affine = affine;
    this.weight = affine ? new Parameter(ones([numChannels])) : null;
    this.bias = affine ? new Parameter(zeros([numChannels])) : null;
  }

  /** Sets scale and shift to 1 and 0. */
  resetParameters(): void {
    if (this.weight !== null) constant(this.weight, 1);
    if (this.bias !== null) constant(this.bias, 0);
  }

  override extraRepr(): string {
    return `${this.numGroups}, ${this.numChannels}, ${optionsText({ eps: this.eps, affine: this.affine })}`;
  }

  /** @throws ShapeError if the input has other than `numChannels` channels, or is one image with one value a group. */
  forward(input: Tensor): Tensor {
    checkFloat("GroupNorm", input, "input");
    checkSameDevice("GroupNorm", [input, this.weight, this.bias]);
    if (input.rank < 2) throw new ShapeError(`GroupNorm: expected input [n, c, …], got ${showShape(input.shape)}`);
    checkChannels("GroupNorm", input, this.numChannels);
    if (input.size === this.numGroups)
      throw new ShapeError(`GroupNorm: expected more than 1 value per group, got input size ${showShape(input.shape)}`);
    const standard = standardize(input, input.shape[0]! * this.numGroups, this.eps);
    const perChannel = [this.numChannels, ...Array.from({ length: input.rank - 2 }, () => 1)];
    return affine(standard, this.weight, this.bias, perChannel);
  }
}
