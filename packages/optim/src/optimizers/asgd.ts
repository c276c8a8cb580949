import { checkNotNegative, checkBoolean, checkFinite, type OptionRules } from "@tapegrad/tensor/internal";
import { add, clone, mul, sub } from "@tapegrad/tensor/ops";
import type { DirectionOptions, PenaltyOptions } from "./common-options.ts";
import { directed, EachByItself } from "./composed-optimizer.ts";
import { countStep, type ParamGroup, type ParamsOrGroups, stateTensor, type Trained } from "./optimizer.ts";

/** Options of `ASGD`. */
export interface ASGDOptions extends PenaltyOptions, DirectionOptions {
  /** Learning rate. @default 1e-2 */
  lr: number;
  /** How fast the learning rate falls, and the parameter with it. @default 1e-4 */
  lambd: number;
  /** Exponent of the fall. @default 0.75 */
  alpha: number;
  /** Step from which on parameters are averaged. @default 1e6 */
  t0: number;
}

const rules: OptionRules<ASGDOptions> = {
  lr: [1e-2, checkNotNegative],
  lambd: [1e-4, checkFinite],
  alpha: [0.75, checkFinite],
  t0: [1e6, checkFinite],
  weightDecay: [0, checkNotNegative],
  maximize: [false, checkBoolean],
};

/**
 * Averaged stochastic gradient descent.
 *
 * `p = p·(1 − lambd·η) − η·g`, with `η = lr / (1 + lambd·lr·t)^alpha` of the last step; the state's `ax` is the average of the
 * parameter since step `t0`, and before that the parameter.
 *
 * @see Polyak & Juditsky 1992, https://doi.org/10.1137/0330046
 */
export class ASGD extends EachByItself<ASGDOptions> {
  constructor(params: ParamsOrGroups<ASGDOptions>, options: Partial<ASGDOptions> = {}) {
    super(params, rules, options, { step: "number", eta: "number", mu: "number", ax: "tensor" });
  }

  protected override move(trained: Trained, group: ParamGroup<ASGDOptions>): void {
    const { lr, lambd, alpha, t0 } = group;
    const { parameter, state } = trained;
    const eta = Number(state["eta"] ?? lr);
    const mu = Number(state["mu"] ?? 1);
    const step = countStep(trained);
    const gradient = directed(trained, group);
    parameter.assign(sub(mul(parameter, 1 - lambd * eta), mul(gradient, eta)));
    const average = stateTensor(trained, "ax");
    average.assign(mu === 1 ? clone(parameter) : add(average, mul(sub(parameter, average), mu)));
    state["eta"] = lr / (1 + lambd * lr * step) ** alpha;
    state["mu"] = 1 / Math.max(1, step - t0);
  }
}
