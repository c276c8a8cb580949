import type { Tensor } from "@tapegrad/tensor";
import { batchNormFor, checkMomentum } from "@tapegrad/tensor/internal";
import { checkChannels, checkRank } from "../../checks/check-sizes.ts";
import { guardMode } from "../../modes/mode-guard.ts";
import { ChannelNorm } from "./channel-norm.ts";

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
export abstract class BatchNorm extends ChannelNorm<number | null> {
  /** The versions of the statistics when they were last what a new layer has. */
  #newVersions: number;

  /**
   * @throws ValueError if `numFeatures` is not a positive integer, eps or momentum not a number, or an option
   *   unknown.
   */
  constructor(numFeatures: number, options: BatchNormOptions = {}) {
    super(numFeatures, options, true, [0.1, checkMomentum]);
    this.#newVersions = this.#versions;
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

  override resetRunningStats(): void {
    super.resetRunningStats();
    if (this.trackRunningStats) this.#newVersions = this.#versions;
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
