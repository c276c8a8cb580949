import type { Tensor } from "@tapegrad/tensor";
import { checkProbability, checkNotNegative, checkBoolean, type OptionRules } from "@tapegrad/tensor/internal";
import { add, div, mul, sqrt, square } from "@tapegrad/tensor/ops";
import type { DirectionOptions, PenaltyOptions } from "./common-options.ts";
import { ComposedOptimizer, updateAverage } from "./composed-optimizer.ts";
import { countStep, type ParamGroup, type ParamsOrGroups, stateTensor, type Trained } from "./optimizer.ts";

/** Options of `Adadelta`. */
export interface AdadeltaOptions extends PenaltyOptions, DirectionOptions {
  /** What the step is multiplied by. @default 1 */
  lr: number;
  /** Decay of the running averages. @default 0.9 */
  rho: number;
  /** Added under the roots. @default 1e-6 */
  eps: number;
}

const rules: OptionRules<AdadeltaOptions> = {
  lr: [1, checkNotNegative],
  rho: [0.9, checkProbability],
  eps: [1e-6, checkNotNegative],
  weightDecay: [0, checkNotNegative],
  maximize: [false, checkBoolean],
};

/**
 * Adadelta: steps in the parameter's own unit, from running averages of squared gradients and of squared steps.
 *
 * `v = ρ·v + (1−ρ)·g²`, `Δ = √(u + eps)/√(v + eps) · g`, `u = ρ·u + (1−ρ)·Δ²`, `p = p − lr·Δ`.
 *
 * @see Zeiler 2012, https://arxiv.org/abs/1212.5701
 */
export class Adadelta extends ComposedOptimizer<AdadeltaOptions> {
  constructor(params: ParamsOrGroups<AdadeltaOptions>, options: Partial<AdadeltaOptions> = {}) {
    super(params, rules, options, { step: "number", squareAvg: "tensor", accDelta: "tensor" });
  }

  protected override change(trained: Trained, gradient: Tensor, { lr, rho, eps }: ParamGroup<AdadeltaOptions>): Tensor {
    countStep(trained);
    const squareAvg = updateAverage(stateTensor(trained, "squareAvg"), square(gradient), rho);
    const accDelta = stateTensor(trained, "accDelta");
    const delta = mul(div(sqrt(add(accDelta, eps)), sqrt(add(squareAvg, eps))), gradient);
    updateAverage(accDelta, square(delta), rho);
    return mul(delta, lr);
  }
}
