import type { Tensor } from "@tapegrad/tensor";
import { checkNotNegative, checkBoolean, type OptionRules } from "@tapegrad/tensor/internal";
import { add, div, mul, sqrt, square, sub } from "@tapegrad/tensor/ops";
import type { DirectionOptions, PenaltyOptions } from "./common-options.ts";
import { ComposedOptimizer, updateAverage } from "./composed-optimizer.ts";
import type { StateKind } from "./optimizer-state.ts";
import { countStep, type ParamGroup, type ParamsOrGroups, stateTensor, type Trained } from "./optimizer.ts";

/** Options of `RMSprop`. */
export interface RMSpropOptions extends PenaltyOptions, DirectionOptions {
  /** Learning rate. @default 1e-2 */
  lr: number;
  /** Decay of the running average of the squared gradient. @default 0.99 */
  alpha: number;
  /** Added to the root. @default 1e-8 */
  eps: number;
  /** @default 0 */
  momentum: number;
  /** Divide by an estimate of the variance, not of the second moment. @default false */
  centered: boolean;
}

const rules: OptionRules<RMSpropOptions> = {
  lr: [1e-2, checkNotNegative],
  alpha: [0.99, checkNotNegative],
  eps: [1e-8, checkNotNegative],
  weightDecay: [0, checkNotNegative],
  momentum: [0, checkNotNegative],
  centered: [false, checkBoolean],
  maximize: [false, checkBoolean],
};

/**
 * RMSprop: steps divided by the root of a running average of the squared gradient.
 *
 * `v = α·v + (1−α)·g²`; centered, `ḡ = α·ḡ + (1−α)·g` and `v − ḡ²` takes the place of `v`; `b = momentum·b + g/(√v + eps)`;
 * `p = p − lr·b`.
 *
 * @see Tieleman & Hinton 2012, lecture 6.5; centered: Graves 2013, https://arxiv.org/abs/1308.0850
 */
export class RMSprop extends ComposedOptimizer<RMSpropOptions> {
  constructor(params: ParamsOrGroups<RMSpropOptions>, options: Partial<RMSpropOptions> = {}) {
    super(params, rules, options);
  }

  protected override change(trained: Trained, gradient: Tensor, group: ParamGroup<RMSpropOptions>): Tensor {
    const { lr, alpha, eps, momentum, centered } = group;
    countStep(trained);
    let moment = updateAverage(stateTensor(trained, "squareAvg"), square(gradient), alpha);
    if (centered) moment = sub(moment, square(updateAverage(stateTensor(trained, "gradAvg"), gradient, alpha)));
    const scaled = div(gradient, add(sqrt(moment), eps));
    if (momentum === 0) return mul(scaled, lr);
    const buffer = stateTensor(trained, "momentumBuffer");
    return mul(buffer.assign(add(mul(buffer, momentum), scaled)), lr);
  }

  protected override stateKinds({ momentum, centered }: RMSpropOptions): Readonly<Record<string, StateKind>> {
    return {
      step: "number",
      squareAvg: "tensor",
      momentumBuffer: momentum === 0 ? "idle tensor" : "late tensor",
      gradAvg: centered ? "late tensor" : "idle tensor",
    };
  }
}
