import { noGrad, ones, scalar, ShapeError, type Tensor, ValueError, withDevice, zeros } from "@tapegrad/tensor";
import { checkFloat, checkSameDevice, refuseUnknownOptions, showShape, showValue } from "@tapegrad/tensor/internal";
import { add } from "@tapegrad/tensor/ops/add";
import { batchNormFor } from "@tapegrad/tensor/ops/batch-norm";
import { mean } from "@tapegrad/tensor/ops/mean";
import { mul } from "@tapegrad/tensor/ops/mul";
import { reshape } from "@tapegrad/tensor/ops/reshape";
import { varMean } from "@tapegrad/tensor/ops/var-mean";
import { checkFlags, checkNumbers } from "../../checks/check-values.ts";
import { constant } from "../../init/fill.ts";
import { guardMode } from "../../modes/mode-guard.ts";
import { Buffer } from "../../module/buffer.ts";
import { optionsText } from "../../module/module-text.ts";
import { Module } from "../../module/module.ts";
import { Parameter } from "../../module/parameter.ts";
import { checkChannels, checkRank, checkSizes } from "../sizes.ts";
import { affine, standardize } from "./standardize.ts";

/** Options of `InstanceNorm2d`. */
export interface InstanceNorm2dOptions {
  /** Added to the variance. @default 1e-5 */
  readonly eps?: number;
  /** Weight of the new batch in the running statistics. @default 0.1 */
  readonly momentum?: number;
  /** Whether each channel has a learned scale and shift. @default false */
  readonly affine?: boolean;
  /** Whether to keep running statistics, which eval mode then uses. @default false */
  readonly trackRunningStats?: boolean;
}

/**
 * Normalises each channel of each image by itself, over both spatial axes.
 *
 * `y = (x − E[x]) / √(Var[x] + eps) · weight + bias`. With running statistics, train mode moves them by the average
 * over the batch of each image's mean and unbiased variance, and eval mode uses them; without, both modes are alike.
 *
 * Shape: `[n, numFeatures, h, w]` or `[numFeatures, h, w]`; the same comes out. State, where asked for: `weight`,
 * `bias`, `running_mean`, `running_var` and `num_batches_tracked`, which stays 0, as in torch.
 *
 * @see Ulyanov et al. 2016, https://arxiv.org/abs/1607.08022
 */
export class InstanceNorm2d extends Module {
  readonly numFeatures: number;
  readonly eps: number;
  readonly momentum: number;
  readonly affine: boolean;
  readonly trackRunningStats: boolean;
  readonly weight: Parameter | null;
  readonly bias: Parameter | null;
  readonly runningMean: Buffer | null;
  readonly runningVar: Buffer | null;
  readonly numBatchesTracked: Buffer | null;

  /**
   * @throws ValueError if `numFeatures` is not a positive integer, eps or momentum not a number, or an option
   *   unknown.
   */
  constructor(numFeatures: number, options: InstanceNorm2dOptions = {}) {
    super();
    refuseUnknownOptions("InstanceNorm2d", options, ["eps", "momentum", "affine", "trackRunningStats"]);
    const { eps = 1e-5, momentum = 0.1, affine = false, trackRunningStats = false } = options;
    checkSizes("InstanceNorm2d", { numFeatures });
    checkFlags("InstanceNorm2d", { affine, trackRunningStats });
    checkNumbers("InstanceNorm2d", { eps });
    if (!(eps >= 0)) throw new ValueError(`InstanceNorm2d: eps must not be negative, got ${eps}`);
    if (!Number.isFinite(momentum))
      throw new ValueError(`InstanceNorm2d: momentum must be a number, got ${showValue(momentum)}`);
    this.numFeatures = numFeatures;
    this.eps = eps;
    this.momentum = momentum;
    this.affine = affine;
    this.trackRunningStats = trackRunningStats;
    this.weight = affine ? new Parameter(ones([numFeatures])) : null;
    this.bias = affine ? new Parameter(zeros([numFeatures])) : null;
    this.runningMean = trackRunningStats ? new Buffer(zeros([numFeatures])) : null;
    this.runningVar = trackRunningStats ? new Buffer(ones([numFeatures])) : null;
    this.numBatchesTracked = trackRunningStats ? new Buffer(scalar(0, "int32"), { valueIfAbsent: 0 }) : null;
  }

  /** Without running statistics, both modes use those of the image. */
  override get modeSensitive(): boolean {
    return this.runningMean !== null;
  }

  /** Sets the running statistics back to mean 0 and variance 1, if they are tracked. */
  resetRunningStats(): void {
    if (!this.trackRunningStats) return;
    if (this.runningMean !== null) constant(this.runningMean, 0);
    if (this.runningVar !== null) constant(this.runningVar, 1);
    if (this.numBatchesTracked !== null) {
      const { device } = this.numBatchesTracked;
      this.numBatchesTracked.assign(withDevice(device, () => scalar(0, "int32")));
    }
  }

  /** Sets the running statistics back, and scale and shift to 1 and 0. */
  resetParameters(): void {
    this.resetRunningStats();
    if (this.weight !== null) constant(this.weight, 1);
    if (this.bias !== null) constant(this.bias, 0);
  }

  override extraRepr(): string {
    const { numFeatures, eps, momentum, affine, trackRunningStats } = this;
    return `${numFeatures}, ${optionsText({ eps, momentum, affine, trackRunningStats })}`;
  }

  /**
   * Normalises each image.
   *
   * @throws ShapeError if rank or channels are wrong, or the statistics of an image are needed and it has one pixel.
   */
  forward(input: Tensor): Tensor {
    checkRank("InstanceNorm2d", input, ["n, c, h, w", "c, h, w"]);
    if (input.rank === 3) return reshape(this.forward(reshape(input, [1, ...input.shape])), input.shape);
    checkFloat("InstanceNorm2d", input, "input");
    checkSameDevice("InstanceNorm2d", [input, this.weight, this.bias, this.runningMean, this.runningVar]);
    checkChannels("InstanceNorm2d", input, this.numFeatures);
    guardMode(this, input);
    const { training, runningMean, runningVar, weight, bias, eps } = this;
    if (!training && runningMean !== null && runningVar !== null) {
      return batchNormFor("InstanceNorm2d", input, { runningMean, runningVar, weight, bias, eps, training: false });
    }
    const [n, c, h, w] = input.shape as readonly [number, number, number, number];
    if (h * w === 1) {
      throw new ShapeError(
        `InstanceNorm2d: expected more than 1 spatial element when training, got input size ${showShape(input.shape)}`,
      );
    }
    if (runningMean !== null && runningVar !== null) this.#track(input, runningMean, runningVar);
    return affine(standardize(input, n * c, eps), weight, bias, [c, 1, 1]);
  }

  /** Moves the running statistics towards the average of the images'. */
  #track(input: Tensor, runningMean: Buffer, runningVar: Buffer): void {
    const { momentum } = this;
    noGrad(() => {
      const [variances, means] = varMean(input, [2, 3]);
      runningMean.assign(add(mul(runningMean, 1 - momentum), mul(mean(means, 0), momentum)));
      runningVar.assign(add(mul(runningVar, 1 - momentum), mul(mean(variances, 0), momentum)));
    });
  }
}
