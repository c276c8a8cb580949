import { ones, scalar, withDevice, zeros } from "@tapegrad/tensor";
import { checkBoolean, explainChange, type OptionCheck, readOptions } from "@tapegrad/tensor/internal";
import { checkSizes } from "../../checks/check-sizes.ts";
import { constant } from "../../init/fill.ts";
import { Buffer } from "../../module/buffer.ts";
import { optionsText } from "../../module/module-text.ts";
import { AffineNorm } from "./affine-norm.ts";
import type { BatchNormOptions } from "./batch-norm.ts";
import { affineRules } from "./standardize.ts";

/** What batch and instance norms share: options, scale and shift, running statistics. */
export abstract class ChannelNorm<Momentum extends number | null> extends AffineNorm {
  readonly numFeatures: number;
  declare eps: number;
  momentum: Momentum;
  readonly affine: boolean;
  /**
   * Whether train mode moves the running statistics. Set to false later on, train mode leaves them alone while eval
   * mode still uses them.
   */
  trackRunningStats: boolean;
  readonly runningMean: Buffer | null;
  readonly runningVar: Buffer | null;
  readonly numBatchesTracked: Buffer | null;

  /** @param usual whether there are scale and shift, and running statistics, unless the options say it. */
  constructor(
    numFeatures: number,
    options: Omit<BatchNormOptions, "momentum"> & { readonly momentum?: Momentum },
    usual: boolean,
    momentum: readonly [usual: Momentum, check: OptionCheck],
  ) {
    const { name } = new.target;
    const read = readOptions(name, options, {
      eps: affineRules.eps,
      momentum,
      affine: [usual, checkBoolean],
      trackRunningStats: [usual, checkBoolean],
    });
    checkSizes(name, { numFeatures });
    super(read.eps, read.affine ? [numFeatures] : null);
    this.numFeatures = numFeatures;
    this.momentum = read.momentum;
    this.affine = read.affine;
    this.trackRunningStats = read.trackRunningStats;
    this.runningMean = read.trackRunningStats ? new Buffer(zeros([numFeatures])) : null;
    this.runningVar = read.trackRunningStats ? new Buffer(ones([numFeatures])) : null;
    // Dicts saved before PyTorch 0.4.1 lack the count.
    this.numBatchesTracked = read.trackRunningStats ? new Buffer(scalar(0, "int32"), { valueIfAbsent: 0 }) : null;
  }

  /** Without running statistics, both modes use those of the input. */
  override get modeSensitive(): boolean {
    return this.runningMean !== null;
  }

  /** Sets the running statistics back to mean 0, variance 1 and no batches, if they are tracked. Scale and shift stay. */
  resetRunningStats(): void {
    if (!this.trackRunningStats) return;
    const { runningMean, runningVar, numBatchesTracked } = this;
    explainChange("resetRunningStats", () => {
      if (runningMean !== null) constant(runningMean, 0);
      if (runningVar !== null) constant(runningVar, 1);
      if (numBatchesTracked !== null)
        numBatchesTracked.assign(withDevice(numBatchesTracked.device, () => scalar(0, "int32")));
    });
  }

  /** Sets the running statistics back, and scale and shift to 1 and 0. */
  override resetParameters(): void {
    this.resetRunningStats();
    super.resetParameters();
  }

  override extraRepr(): string {
    const { numFeatures, eps, momentum, affine, trackRunningStats } = this;
    return `${numFeatures}, ${optionsText({ eps, momentum, affine, trackRunningStats })}`;
  }
}
