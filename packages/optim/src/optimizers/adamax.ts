import type { Tensor } from "@tapegrad/tensor";
import { checkNotNegative, checkBoolean, type OptionRules } from "@tapegrad/tensor/internal";
import { abs, add, div, maximum, mul } from "@tapegrad/tensor/ops";
import { checkBetas, type DirectionOptions, type PenaltyOptions } from "./common-options.ts";
import { ComposedOptimizer, updateAverage } from "./composed-optimizer.ts";
import { countStep, type ParamGroup, type ParamsOrGroups, stateTensor, type Trained } from "./optimizer.ts";

/** Options of `Adamax`. */
export interface AdamaxOptions extends PenaltyOptions, DirectionOptions {
  /** Learning rate. @default 2e-3 */
  lr: number;
  /** Decay of the running average of the gradient, and of its running largest magnitude. @default [0.9, 0.999] */
  betas: readonly [number, number];
  /** Added to magnitudes. @default 1e-8 */
  eps: number;
}

const rules: OptionRules<AdamaxOptions> = {
  lr: [2e-3, checkNotNegative],
  betas: [[0.9, 0.999], checkBetas],
  eps: [1e-8, checkNotNegative],
  weightDecay: [0, checkNotNegative],
  maximize: [false, checkBoolean],
};

/**
 * Adamax: Adam with the largest magnitude in place of the root of the second moment.
 *
 * `m = β₁·m + (1−β₁)·g`, `u = max(β₂·u, |g| + eps)`, `p = p − lr/(1−β₁ᵗ) · m/u`.
 *
 * @see Kingma & Ba 2014, section 7.1, https://arxiv.org/abs/1412.6980
 */
export class Adamax extends ComposedOptimizer<AdamaxOptions> {
  constructor(params: ParamsOrGroups<AdamaxOptions>, options: Partial<AdamaxOptions> = {}) {
    super(params, rules, options, { step: "number", expAvg: "tensor", expInf: "tensor" });
  }

  protected override change(trained: Trained, gradient: Tensor, group: ParamGroup<AdamaxOptions>): Tensor {
    const { lr, eps } = group;
    const [beta1, beta2] = group.betas;
    const correction = 1 - beta1 ** countStep(trained);
    const expAvg = updateAverage(stateTensor(trained, "expAvg"), gradient, beta1);
    const expInf = stateTensor(trained, "expInf");
    expInf.assign(maximum(mul(expInf, beta2), add(abs(gradient), eps)));
    return mul(div(expAvg, expInf), lr / correction);
  }
}
