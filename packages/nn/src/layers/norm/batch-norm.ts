import { ones, scalar, type Tensor, ValueError, withDevice, zeros } from "@tapegrad/tensor";
import { refuseUnknownOptions, showValue } from "@tapegrad/tensor/internal";
import { batchNormFor } from "@tapegrad/tensor/ops/batch-norm";
import { checkFlags, checkNumbers } from "../../checks/check-values.ts";
import { constant } from "../../init/fill.ts";
import { guardMode } from "../../modes/mode-guard.ts";
import { Buffer } from "../../module/buffer.ts";
import { optionsText } from "../../module/module-text.ts";
import { Module } from "../../module/module.ts";
import { Parameter } from "../../module/parameter.ts";
import { checkChannels, checkRank, checkSizes } from "../sizes.ts";

/** Options of batch norms. */
export interface BatchNormOptions {
  /** Added to the variance, so that the root is never of zero. @default 1e-5 */
  readonly eps?: number;
  /**
   * Weight of the new batch in the running statistics: `x_new = (1 − momentum) · x + momentum · x_batch`. Null: all
   * batches so far weigh the same. (Keras and flax mean the weight of the old value.)
   *
   * @default 0.1
   */
  readonly momentum?: number | null;
  /** Whether each channel has a learned scale and shift. @default true */
  readonly affine?: boolean;
  /** Whether to keep running statistics; without them, eval mode too uses those of the batch. @default true */
  readonly trackRunningStats?: boolean;
}

/**
 * What `BatchNorm1d` and `BatchNorm2d` share: normalises each channel over the batch and all axes after the channels.
 *
 * `y = (x − E[x]) / √(Var[x] + eps) · weight + bias`. In train mode mean and variance are the batch's, and move the
 * running ones; in eval mode they are the running ones. The biased variance normalises, the unbiased one feeds
 * `runningVar`, as in torch.
 *
 * State: `weight`, `bias`, `running_mean`, `running_var` `[numFeatures]` and `num_batches_tracked`, a scalar.
 *
 * @see Ioffe & Szegedy 2015, https://arxiv.org/abs/1502.03167
 */
export abstract class BatchNorm extends Module {
  readonly numFeatures: number;
  eps: number;
  momentum: number | null;
  readonly affine: boolean;
  /**
   * Whether train mode moves the running statistics. Set to false later on, train mode leaves them alone while eval
   * mode still uses them.
   */
  trackRunningStats: boolean;
  readonly weight: Parameter | null;
  readonly bias: Parameter | null;
  readonly runningMean: Buffer | null;
  readonly runningVar: Buffer | null;
  readonly numBatchesTracked: Buffer | null;
  /** The versions of the statistics when they were last what a new layer has. */
  #newVersions: number;

  /**
   * @throws ValueError if `numFeatures` is not a positive integer, eps or momentum not a number, or an option
   *   unknown.
   */
  constructor(numFeatures: number, options: BatchNormOptions = {}) {
    super();
    const name = this.constructor.name;
    refuseUnknownOptions(name, options, ["eps", "momentum", "affine", "trackRunningStats"]);
    const { eps = 1e-5, momentum = 0.1, affine = true, trackRunningStats = true } = options;
    checkSizes(name, { numFeatures });
    checkFlags(name, { affine, trackRunningStats });
    checkNumbers(name, { eps });
    if (!(eps >= 0)) throw new ValueError(`${name}: eps must not be negative, got ${eps}`);
    if (momentum !== null && !Number.isFinite(momentum)) {
      throw new ValueError(`${name}: momentum must be a number or null, got ${showValue(momentum)}`);
    }
    this.numFeatures = numFeatures;
    this.eps = eps;
    this.momentum = momentum;
    this.affine = affine;
    this.trackRunningStats = trackRunningStats;
    this.weight = affine ? new Parameter(ones([numFeatures])) : null;
    this.bias = affine ? new Parameter(zeros([numFeatures])) : null;
    this.runningMean = trackRunningStats ? new Buffer(zeros([numFeatures])) : null;
    this.runningVar = trackRunningStats ? new Buffer(ones([numFeatures])) : null;
    // Dicts saved before PyTorch 0.4.1 lack the count.
    this.numBatchesTracked = trackRunningStats ? new Buffer(scalar(0, "int32"), { valueIfAbsent: 0 }) : null;
    this.#newVersions = this.#versions;
  }

  /** Without running statistics, both modes use those of the batch. */
  override get modeSensitive(): boolean {
    return this.runningMean !== null;
  }

  /** Whether the running statistics are those of a new or reset layer: no batch has moved them, no state dict filled them. */
  get statisticsUntouched(): boolean {
    return this.runningMean !== null && this.#versions === this.#newVersions;
  }

  get #versions(): number {
    let sum = 0;
    for (const buffer of [this.runningMean, this.runningVar, this.numBatchesTracked])
      sum += buffer?.storage.version ?? 0;
    return sum;
  }

  /** Sets the running statistics back to mean 0, variance 1 and no batches, if they are tracked. Scale and shift stay. */
  resetRunningStats(): void {
    if (!this.trackRunningStats) return;
    if (this.runningMean !== null) constant(this.runningMean, 0);
    if (this.runningVar !== null) constant(this.runningVar, 1);
    if (this.numBatchesTracked !== null) {
      const { device } = this.numBatchesTracked;
      this.numBatchesTracked.assign(withDevice(device, () => scalar(0, "int32")));
    }
    this.#newVersions = this.#versions;
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
   * Normalises a batch.
   *
   * @throws ShapeError if the rank is wrong, the channels are not `numFeatures`, or the statistics of the batch are
   *   needed and it has but one value for each channel.
   */
  forward(input: Tensor): Tensor {
    checkRank(this.constructor.name, input, this.axes());
    checkChannels(this.constructor.name, input, this.numFeatures);
    guardMode(this, input, this.statisticsUntouched);
    const { runningMean, runningVar, numBatchesTracked, weight, bias, eps } = this;
    const updates = this.training && this.trackRunningStats && runningMean !== null;
    const usesBatch = this.training || runningMean === null;
    return batchNormFor(this.constructor.name, input, {
      runningMean: updates || !usesBatch ? runningMean : null,
      runningVar: updates || !usesBatch ? runningVar : null,
      numBatchesTracked: updates ? numBatchesTracked : null,
      momentum: updates ? this.momentum : 0,
      weight,
      bias,
      eps,
      training: usesBatch,
    });
  }

  /** The axes of inputs, for each number of axes that is accepted. */
  protected abstract axes(): readonly string[];
}
