import type { Tensor } from "@tapegrad/tensor";
import {
  checkBoolean,
  checkFloat,
  checkInteger,
  checkPerChannel,
  checkSameDevice,
  readOptions,
} from "@tapegrad/tensor/internal";
import { checkChannels, checkFit, checkGroups, checkSizes } from "../../checks/check-sizes.ts";
import { optionsText } from "../../module/module-text.ts";
import { AffineNorm } from "./affine-norm.ts";
import { affine, affineRules, standardize, type VarianceOptions } from "./standardize.ts";

/** Options of `GroupNorm`. */
export interface GroupNormOptions extends VarianceOptions {
  /** Whether each channel has a learned scale and shift. @default true */
  readonly affine?: boolean;
}

/** What `groupNorm` scales and shifts with. */
export interface GroupNormArguments extends VarianceOptions {
  /** Scale, `[c]`. @default null, for ones */
  readonly weight?: Tensor | null;
  /** Shift, `[c]`. @default null, for zeros */
  readonly bias?: Tensor | null;
}

/**
 * Normalises groups of channels of each image by themselves: `y = (x − E[x]) / √(Var[x] + eps) · weight + bias` with mean and
 * biased variance over a group's channels and all axes after them.
 *
 * Shape: `[n, c, …] → [n, c, …]`.
 *
 * @throws ShapeError if there are fewer than two axes, weight or bias are not `[c]`, or it is one image with one value a group.
 * @throws ValueError if `numGroups` does not divide the channels, or an option is unknown. @throws DTypeError of int32.
 * @see Wu & He 2018, https://arxiv.org/abs/1803.08494
 */
export function groupNorm(input: Tensor, numGroups: number, options: GroupNormArguments = {}): Tensor {
  checkInteger("groupNorm", "numGroups", numGroups, 1);
  const read = readOptions<GroupNormArguments>("groupNorm", options, affineRules);
  checkBatch("groupNorm", input);
  checkGroups("groupNorm", { channels: input.shape[1]! }, numGroups);
  checkPerChannel("groupNorm", input, { weight: read.weight, bias: read.bias });
  return groupNormFor("groupNorm", input, numGroups, read);
}

function groupNormFor(caller: string, input: Tensor, numGroups: number, by: Required<GroupNormArguments>): Tensor {
  checkSameDevice(caller, [input, by.weight, by.bias]);
  const [n, channels, ...rest] = input.shape as readonly [number, number, ...number[]];
  checkFit(caller, input.size !== numGroups, "more than 1 value per group", input.shape);
  return affine(standardize(caller, input, n * numGroups, by.eps), by, [channels, ...rest.map(() => 1)]);
}

function checkBatch(caller: string, input: Tensor): void {
  checkFloat(caller, input, "input");
  checkFit(caller, input.rank >= 2, "input [n, c, …]", input.shape);
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
export class GroupNorm extends AffineNorm {
  readonly numGroups: number;
  readonly numChannels: number;
  readonly affine: boolean;

  /** @throws ValueError if `numGroups` does not divide `numChannels` or an option is unknown. */
  constructor(numGroups: number, numChannels: number, options: GroupNormOptions = {}) {
    const { eps, affine } = readOptions("GroupNorm", options, {
      eps: affineRules.eps,
      affine: [true, checkBoolean],
    });
    checkSizes("GroupNorm", { numGroups, numChannels });
    checkGroups("GroupNorm", { numChannels }, numGroups);
    super(eps, affine ? [numChannels] : null);
    this.numGroups = numGroups;
    this.numChannels = numChannels;
    this.affine = affine;
  }

  override extraRepr(): string {
    return `${this.numGroups}, ${this.numChannels}, ${optionsText({ eps: this.eps, affine: this.affine })}`;
  }

  /** @throws ShapeError if the input has other than `numChannels` channels, or is one image with one value a group. */
  forward(input: Tensor): Tensor {
    checkBatch("GroupNorm", input);
    checkChannels("GroupNorm", input, this.numChannels);
    return groupNormFor("GroupNorm", input, this.numGroups, this);
  }
}
