import type { Tensor } from "@tapegrad/tensor";
import { checkNotNegative, type OptionRules } from "@tapegrad/tensor/internal";
import { add, div, mul, sqrt, square } from "@tapegrad/tensor/ops";
import { type AverageOptions, checkBetas, type PenaltyOptions } from "./common-options.ts";
import { ComposedOptimizer, updateAverage } from "./composed-optimizer.ts";
import { countStep, type ParamGroup, type ParamsOrGroups, stateTensor, type Trained } from "./optimizer.ts";

/** Options of `NAdam`. */
export interface NAdamOptions extends AverageOptions, PenaltyOptions {
  /** Learning rate. @default 2e-3 */
  lr: number;
  /** How fast the momentum rises to β₁. @default 4e-3 */
  momentumDecay: number;
}

const rules: OptionRules<NAdamOptions> = {
  lr: [2e-3, checkNotNegative],
  betas: [[0.9, 0.999], checkBetas],
  eps: [1e-8, checkNotNegative],
  weightDecay: [0, checkNotNegative],
  momentumDecay: [4e-3, checkNotNegative],
};

/**
 * NAdam: Adam with Nesterov's momentum.
 *
 * `μₜ = β₁·(1 − ½·0.96^(t·momentumDecay))`, `Mₜ = μ₁⋯μₜ`, `m` and `v` as in Adam,
 * `p = p − lr · (μₜ₊₁/(1−Mₜ·μₜ·μₜ₊₁)·m + (1−μₜ)/(1−Mₜ)·g) / (√(v/(1−β₂ᵗ)) + eps)`. As in torch 1.13; in later versions, as in
 * the paper, `Mₜ·μₜ₊₁` stands in the place of `Mₜ·μₜ·μₜ₊₁`.
 *
 * @see Dozat 2016, https://openreview.net/forum?id=OM0jvwB8jIp57ZJjtNEZ
 */
export class NAdam extends ComposedOptimizer<NAdamOptions> {
  constructor(params: ParamsOrGroups<NAdamOptions>, options: Partial<NAdamOptions> = {}) {
    super(params, rules, options, { step: "number", muProduct: "number", expAvg: "tensor", expAvgSq: "tensor" });
  }

  protected override change(trained: Trained, gradient: Tensor, group: ParamGroup<NAdamOptions>): Tensor {
    const { lr, eps, momentumDecay } = group;
    const [beta1, beta2] = group.betas;
    const step = countStep(trained);
    const momentumAt = (t: number): number => beta1 * (1 - 0.5 * 0.96 ** (t * momentumDecay));
    const [mu, next] = [momentumAt(step), momentumAt(step + 1)];
    const product = Number(trained.state["muProduct"] ?? 1) * mu;
    trained.state["muProduct"] = product;
    const expAvg = updateAverage(stateTensor(trained, "expAvg"), gradient, beta1);
    const expAvgSq = updateAverage(stateTensor(trained, "expAvgSq"), square(gradient), beta2);
    const divisor = add(sqrt(mul(expAvgSq, 1 / (1 - beta2 ** step))), eps);
    const ahead = add(
      mul(expAvg, (lr * next) / (1 - product * mu * next)),
      mul(gradient, (lr * (1 - mu)) / (1 - product)),
    );
    return div(ahead, divisor);
  }
}
