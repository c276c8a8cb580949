import { ValueError } from "@tapegrad/tensor";
import { checkNotNegative, checkBoolean, checkFinite, type OptionRules } from "@tapegrad/tensor/internal";
import { sgdStep } from "@tapegrad/tensor/ops";
import type { DirectionOptions, PenaltyOptions } from "./common-options.ts";
import type { StateKind } from "./optimizer-state.ts";
import { Optimizer, type ParamGroup, type ParamsOrGroups, stateTensor, type Trained } from "./optimizer.ts";

/** Options of `SGD`. */
export interface SGDOptions extends PenaltyOptions, DirectionOptions {
  /** Learning rate. */
  lr: number;
  /** @default 0 */
  momentum: number;
  /** How much of the gradient does not enter the momentum buffer. @default 0 */
  dampening: number;
  /** Nesterov's momentum. @default false */
  nesterov: boolean;
}

const rules: OptionRules<SGDOptions> = {
  lr: [NaN, checkNotNegative],
  momentum: [0, checkNotNegative],
  dampening: [0, checkFinite],
  weightDecay: [0, checkNotNegative],
  nesterov: [false, checkBoolean],
  maximize: [false, checkBoolean],
};

/**
 * Stochastic gradient descent, with momentum if wanted.
 *
 * `g = ±gradient + weightDecay·p`; `b = momentum·b + (1 − dampening)·g`, at first `b = g`; `g = b`, or `g + momentum·b` with
 * Nesterov's; `p = p − lr·g`.
 *
 * @see https://pytorch.org/docs/stable/generated/torch.optim.SGD.html
 */
export class SGD extends Optimizer<SGDOptions> {
  /** @throws ValueError as other optimizers, and if `lr` is left out. */
  constructor(params: ParamsOrGroups<SGDOptions>, options: Partial<SGDOptions> & Pick<SGDOptions, "lr">) {
    if (options === undefined || (typeof options === "object" && options !== null && options.lr === undefined))
      throw new ValueError("SGD: lr, the learning rate, is required: new SGD(parameters, { lr: 0.1 })");
    super(params, rules, options);
  }

  protected override stepGroup(group: ParamGroup<SGDOptions>, trained: readonly Trained[]): void {
    if (group.momentum === 0) {
      const slots = trained.map((each) => ({ ...each, momentumBuffer: null }));
      return sgdStep(slots, { ...group, first: false });
    }
    // A first buffer is the gradient itself, whatever the dampening.
    for (const first of [false, true]) {
      const those = trained.filter(({ state }) => "momentumBuffer" in state !== first);
      const slots = those.map((each) => ({ ...each, momentumBuffer: stateTensor(each, "momentumBuffer") }));
      sgdStep(slots, { ...group, first });
    }
  }

  protected override stateKinds({ momentum }: SGDOptions): Readonly<Record<string, StateKind>> {
    return { momentumBuffer: momentum === 0 ? "idle tensor" : "late tensor" };
  }

  protected override checkOptions({ momentum, dampening, nesterov }: SGDOptions): void {
    if (nesterov && (momentum <= 0 || dampening !== 0)) {
      throw new ValueError(
        `SGD: Nesterov momentum requires a momentum and zero dampening, got ${momentum} and ${dampening}`,
      );
    }
  }
}
