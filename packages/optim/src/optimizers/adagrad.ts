import type { Tensor } from "@tapegrad/tensor";
import { checkNotNegative, checkBoolean, type OptionRules } from "@tapegrad/tensor/internal";
import { add, div, mul, sqrt, square } from "@tapegrad/tensor/ops";
import type { DirectionOptions, PenaltyOptions } from "./common-options.ts";
import { ComposedOptimizer } from "./composed-optimizer.ts";
import { countStep, type ParamGroup, type ParamsOrGroups, stateTensor, type Trained } from "./optimizer.ts";

/** Options of `Adagrad`. */
export interface AdagradOptions extends PenaltyOptions, DirectionOptions {
  /** Learning rate. @default 1e-2 */
  lr: number;
  /** How fast the learning rate falls. @default 0 */
  lrDecay: number;
  /** What the sum of squares begins with. As in torch, that of the constructor holds for all groups. @default 0 */
  initialAccumulatorValue: number;
  /** Added to the root. @default 1e-10 */
  eps: number;
}

const rules: OptionRules<AdagradOptions> = {
  lr: [1e-2, checkNotNegative],
  lrDecay: [0, checkNotNegative],
  weightDecay: [0, checkNotNegative],
  initialAccumulatorValue: [0, checkNotNegative],
  eps: [1e-10, checkNotNegative],
  maximize: [false, checkBoolean],
};

/**
 * Adagrad: steps divided by the root of the sum of all squared gradients so far.
 *
 * `s = s + g²`, `p = p − lr/(1 + (t−1)·lrDecay) · g/(√s + eps)`.
 *
 * @see Duchi, Hazan & Singer 2011, https://jmlr.org/papers/v12/duchi11a.html
 */
export class Adagrad extends ComposedOptimizer<AdagradOptions> {
  constructor(params: ParamsOrGroups<AdagradOptions>, options: Partial<AdagradOptions> = {}) {
    super(params, rules, options, { step: "number", sum: "tensor" });
  }

  protected override change(trained: Trained, gradient: Tensor, group: ParamGroup<AdagradOptions>): Tensor {
    const { lr, lrDecay, eps } = group;
    const rate = lr / (1 + (countStep(trained) - 1) * lrDecay);
    const sum = stateTensor(trained, "sum", this.defaults.initialAccumulatorValue);
    sum.assign(add(sum, square(gradient)));
    return mul(div(gradient, add(sqrt(sum), eps)), rate);
  }
}
