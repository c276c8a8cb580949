import type { Tensor } from "@tapegrad/tensor";
import { checkNotNegative, type OptionRules } from "@tapegrad/tensor/internal";
import { add, div, mul, sqrt, square } from "@tapegrad/tensor/ops";
import { type AverageOptions, checkBetas, type PenaltyOptions } from "./common-options.ts";
import { ComposedOptimizer, updateAverage } from "./composed-optimizer.ts";
import { countStep, type ParamGroup, type ParamsOrGroups, stateTensor, type Trained } from "./optimizer.ts";

/** Options of `RAdam`. */
export interface RAdamOptions extends AverageOptions, PenaltyOptions {
  /** Learning rate. @default 1e-3 */
  lr: number;
}

const rules: OptionRules<RAdamOptions> = {
  lr: [1e-3, checkNotNegative],
  betas: [[0.9, 0.999], checkBetas],
  eps: [1e-8, checkNotNegative],
  weightDecay: [0, checkNotNegative],
};

/**
 * RAdam: Adam that waits to divide by the second moment until enough gradients were seen to trust it.
 *
 * `ρ∞ = 2/(1−β₂) − 1`, `ρ = ρ∞ − 2t·β₂ᵗ/(1−β₂ᵗ)`, `m̂ = m/(1−β₁ᵗ)`. While `ρ ≤ 5`, `p = p − lr·m̂`; afterwards
 * `p = p − lr·m̂·r·√(1−β₂ᵗ)/(√v + eps)` with `r² = (ρ−4)(ρ−2)ρ∞ / ((ρ∞−4)(ρ∞−2)ρ)`.
 *
 * @see Liu et al. 2019, https://arxiv.org/abs/1908.03265
 */
export class RAdam extends ComposedOptimizer<RAdamOptions> {
  constructor(params: ParamsOrGroups<RAdamOptions>, options: Partial<RAdamOptions> = {}) {
    super(params, rules, options, { step: "number", expAvg: "tensor", expAvgSq: "tensor" });
  }

  protected override change(trained: Trained, gradient: Tensor, group: ParamGroup<RAdamOptions>): Tensor {
    const { lr, eps } = group;
    const [beta1, beta2] = group.betas;
    const step = countStep(trained);
    const expAvg = updateAverage(stateTensor(trained, "expAvg"), gradient, beta1);
    const expAvgSq = updateAverage(stateTensor(trained, "expAvgSq"), square(gradient), beta2);
    const unscaled = mul(expAvg, lr / (1 - beta1 ** step));
    const correction = 1 - beta2 ** step;
    const most = 2 / (1 - beta2) - 1;
    const length = most - (2 * step * beta2 ** step) / correction;
    if (length <= 5) return unscaled;
    const rectification = Math.sqrt(((length - 4) * (length - 2) * most) / ((most - 4) * (most - 2) * length));
    return div(mul(unscaled, rectification * Math.sqrt(correction)), add(sqrt(expAvgSq), eps));
  }
}
