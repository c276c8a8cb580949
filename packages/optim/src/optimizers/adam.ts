import { checkNotNegative, checkBoolean, type OptionRules } from "@tapegrad/tensor/internal";
import { adamStep } from "@tapegrad/tensor/ops";
import { type AverageOptions, checkBetas, type DirectionOptions } from "./common-options.ts";
import type { StateKind } from "./optimizer-state.ts";
import { byStep, countStep, Optimizer, stateTensor, type Trained } from "./optimizer.ts";
import type { ParamGroup, ParamsOrGroups } from "./parameter-groups.ts";

/** Options of `Adam` and `AdamW`. */
export interface AdamOptions extends AverageOptions, DirectionOptions {
  /** Learning rate. @default 1e-3 */
  lr: number;
  /** `Adam`: L2 penalty, added to the gradient. `AdamW`: shrinks the parameter by `lr·weightDecay`. @default 0; 0.01 in `AdamW` */
  weightDecay: number;
  /** Divide by the largest average so far. @default false */
  amsgrad: boolean;
}

const rules: OptionRules<AdamOptions> = {
  lr: [1e-3, checkNotNegative],
  betas: [[0.9, 0.999], checkBetas],
  eps: [1e-8, checkNotNegative],
  weightDecay: [0, checkNotNegative],
  amsgrad: [false, checkBoolean],
  maximize: [false, checkBoolean],
};

/**
 * Adam: steps scaled by running averages of the gradient and of its square.
 *
 * `m = β₁·m + (1−β₁)·g`, `v = β₂·v + (1−β₂)·g²`, `p = p − lr/(1−β₁ᵗ) · m / (√v/√(1−β₂ᵗ) + eps)`.
 *
 * @see Kingma & Ba 2014, https://arxiv.org/abs/1412.6980
 */
export class Adam extends Optimizer<AdamOptions> {
  /** Whether weight decay acts on the parameter itself. */
  protected readonly decoupled: boolean = false;

  constructor(params: ParamsOrGroups<AdamOptions>, options: Partial<AdamOptions> = {}) {
    super(params, rules, options);
  }

  protected override stepGroup(group: ParamGroup<AdamOptions>, trained: readonly Trained[]): void {
    const slots = trained.map((each) => ({
      ...each,
      expAvg: stateTensor(each, "expAvg"),
      expAvgSq: stateTensor(each, "expAvgSq"),
      maxExpAvgSq: group.amsgrad ? stateTensor(each, "maxExpAvgSq") : null,
      step: countStep(each),
    }));
    const [beta1, beta2] = group.betas;
    for (const [step, together] of byStep(slots)) {
      adamStep(together, { ...group, beta1, beta2, decoupled: this.decoupled, step });
    }
  }

  protected override stateKinds({ amsgrad }: AdamOptions): Readonly<Record<string, StateKind>> {
    const maxExpAvgSq = amsgrad ? "late tensor" : "idle tensor";
    return { step: "number", expAvg: "tensor", expAvgSq: "tensor", maxExpAvgSq };
  }
}
