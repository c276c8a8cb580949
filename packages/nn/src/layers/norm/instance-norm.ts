import { noGrad, sizeOf, type Tensor, ValueError } from "@tapegrad/tensor";
import {
  batchNormFor,
  checkBoolean,
  checkFinite,
  checkFloat,
  checkOptionalTensor,
  checkPerChannel,
  checkSameDevice,
  type OptionRules,
  readOptions,
  showValue,
} from "@tapegrad/tensor/internal";
import { add, mean, mul, reshape, varMean } from "@tapegrad/tensor/ops";
import { checkChannels, checkFit, checkRank } from "../../checks/check-sizes.ts";
import { guardMode } from "../../modes/mode-guard.ts";
import { ChannelNorm } from "./channel-norm.ts";
import { affine, affineRules, standardize, type VarianceOptions } from "./standardize.ts";

/** Options of instance norms. */
export interface InstanceNormOptions extends VarianceOptions {
  /** Weight of the new batch in the running statistics. @default 0.1 */
  readonly momentum?: number;
  /** Whether each channel has a learned scale and shift. @default false */
  readonly affine?: boolean;
  /** Whether to keep running statistics, which eval mode then uses. @default false */
  readonly trackRunningStats?: boolean;
}

/** What `instanceNorm` normalises with, and what it updates. */
export interface InstanceNormArguments extends VarianceOptions {
  /** Running means, `[c]`; updated in place if the input's statistics are used. @default null */
  readonly runningMean?: Tensor | null;
  /** Running variances, `[c]`; updated in place, with unbiased variances, if the input's statistics are used. @default null */
  readonly runningVar?: Tensor | null;
  /** Scale, `[c]`. @default null, for ones */
  readonly weight?: Tensor | null;
  /** Shift, `[c]`. @default null, for zeros */
  readonly bias?: Tensor | null;
  /** Whether the input's statistics normalise, rather than the running ones, which are needed then. @default true */
  readonly useInputStats?: boolean;
  /** Weight of the new batch in the running statistics. @default 0.1 */
  readonly momentum?: number;
}

const rules: OptionRules<InstanceNormArguments> = {
  runningMean: [null, checkOptionalTensor],
  runningVar: [null, checkOptionalTensor],
  ...affineRules,
  useInputStats: [true, checkBoolean],
  momentum: [0.1, checkFinite],
};

/**
 * Normalises each channel of each example by itself, over all axes after the channels: `y = (x − E[x]) / √(Var[x] + eps) ·
 * weight + bias`. Running statistics move by the average over the batch of each example's mean and unbiased variance.
 *
 * Shape: `[n, c, …] → [n, c, …]`.
 *
 * @throws ShapeError if there are fewer than two axes, an option is not `[c]`, or each channel of an example has one value whose
 *   statistics are needed. @throws ValueError if running statistics are needed and not there, or an option is unknown.
 * @throws DTypeError of int32.
 * @see Ulyanov et al. 2016, https://arxiv.org/abs/1607.08022
 */
export function instanceNorm(input: Tensor, options: InstanceNormArguments = {}): Tensor {
  checkFloat("instanceNorm", input, "input");
  const read = readOptions("instanceNorm", options, rules);
  const { runningMean, runningVar, weight, bias, useInputStats } = read;
  checkFit("instanceNorm", input.rank >= 2, "input [n, c, …]", input.shape);
  checkSameDevice("instanceNorm", [input, runningMean, runningVar, weight, bias]);
  checkPerChannel("instanceNorm", input, { runningMean, runningVar, weight, bias });
  if (!useInputStats && (runningMean === null || runningVar === null))
    throw new ValueError("instanceNorm: runningMean and runningVar are needed if useInputStats is false");
  for (const [name, tensor] of Object.entries({ runningMean, runningVar }))
    if (useInputStats && tensor !== null) checkFloat("instanceNorm", tensor, `${name} to update`);
  return instanceNormFor("instanceNorm", input, read);
}

function instanceNormFor(caller: string, input: Tensor, by: Required<InstanceNormArguments>): Tensor {
  const { runningMean, runningVar, weight, bias, momentum, eps } = by;
  if (!by.useInputStats && runningMean !== null && runningVar !== null)
    return batchNormFor(caller, input, { runningMean, runningVar, weight, bias, eps, training: false });
  const [n, c, ...spatial] = input.shape as readonly [number, number, ...number[]];
  checkFit(caller, sizeOf(spatial) !== 1, "more than 1 spatial element when training", input.shape);
  track(input, runningMean, runningVar, momentum);
  return affine(standardize(caller, input, n * c, eps), by, [c, ...spatial.map(() => 1)]);
}

/**
 * What `InstanceNorm1d` and `InstanceNorm2d` share: normalises each channel of each example by itself, over all axes after the
 * channels.
 *
 * `y = (x − E[x]) / √(Var[x] + eps) · weight + bias`. With running statistics, train mode moves them by the average
 * over the batch of each example's mean and unbiased variance, and eval mode uses them; without, both modes are alike.
 *
 * State, where asked for: `weight`, `bias`, `running_mean`, `running_var` and `num_batches_tracked`, which stays 0, as in torch.
 *
 * @see Ulyanov et al. 2016, https://arxiv.org/abs/1607.08022
 */
export abstract class InstanceNorm extends ChannelNorm<number> {
  /**
   * @throws ValueError if `numFeatures` is not a positive integer, eps or momentum not a number, or an option
   *   unknown.
   */
  constructor(numFeatures: number, options: InstanceNormOptions = {}) {
    super(numFeatures, options, false, [0.1, checkMomentum]);
  }

  /** The axes of a batch: `"n, c, l"`. */
  protected abstract axes(): string;

  /**
   * Normalises each example.
   *
   * @throws ShapeError if rank or channels are wrong, or the statistics of an example are needed and it has one value for each
   *   channel.
   */
  forward(input: Tensor): Tensor {
    const layer = this.constructor.name;
    const axes = this.axes();
    checkRank(layer, input, [axes, axes.slice(3)]);
    if (input.rank < axes.split(", ").length)
      return reshape(this.forward(reshape(input, [1, ...input.shape])), input.shape);
    checkFloat(layer, input, "input");
    checkSameDevice(layer, [input, this.weight, this.bias, this.runningMean, this.runningVar]);
    checkChannels(layer, input, this.numFeatures);
    guardMode(this, input);
    const { training: useInputStats, runningMean, runningVar, weight, bias, momentum, eps } = this;
    const by = { useInputStats, runningMean, runningVar, weight, bias, momentum, eps };
    return instanceNormFor(layer, input, by);
  }
}

/** Moves running statistics, where there are any, towards the average of the examples'; an empty batch moves none. */
function track(input: Tensor, runningMean: Tensor | null, runningVar: Tensor | null, momentum: number): void {
  if (input.size === 0 || (runningMean === null && runningVar === null)) return;
  noGrad(() => {
    const [variances, means] = varMean(input, [...input.shape.keys()].slice(2));
    runningMean?.assign(add(mul(runningMean, 1 - momentum), mul(mean(means, 0), momentum)));
    runningVar?.assign(add(mul(runningVar, 1 - momentum), mul(mean(variances, 0), momentum)));
  });
}

function checkMomentum(layer: string, name: string, value: unknown): void {
  if (!Number.isFinite(value)) throw new ValueError(`${layer}: ${name} must be a number, got ${showValue(value)}`);
}
