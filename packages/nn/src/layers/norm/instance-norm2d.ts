import { noGrad, ShapeError, type Tensor, ValueError } from "@tapegrad/tensor";
import { checkFloat, checkSameDevice, showShape, showValue } from "@tapegrad/tensor/internal";
import { add } from "@tapegrad/tensor/ops/add";
import { batchNormFor } from "@tapegrad/tensor/ops/batch-norm";
import { mean } from "@tapegrad/tensor/ops/mean";
import { mul } from "@tapegrad/tensor/ops/mul";
import { reshape } from "@tapegrad/tensor/ops/reshape";
import { varMean } from "@tapegrad/tensor/ops/var-mean";
import { checkChannels, checkRank } from "../../checks/check-sizes.ts";
import { guardMode } from "../../modes/mode-guard.ts";
import type { Buffer } from "../../module/buffer.ts";
import { ChannelNorm } from "./channel-norm.ts";
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
export class InstanceNorm2d extends ChannelNorm<number> {
  /**
   * @throws ValueError if `numFeatures` is not a positive integer, eps or momentum not a number, or an option
   *   unknown.
   */
  constructor(numFeatures: number, options: InstanceNorm2dOptions = {}) {
    super(numFeatures, options, false, [0.1, checkMomentum]);
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

function checkMomentum(layer: string, name: string, value: unknown): void {
  if (!Number.isFinite(value)) throw new ValueError(`${layer}: ${name} must be a number, got ${showValue(value)}`);
}
