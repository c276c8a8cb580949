import { type Tensor, ValueError } from "@tapegrad/tensor";
import { checkNotNegative, checkBoolean, type OptionRules, showValue } from "@tapegrad/tensor/internal";
import { clamp, greater, less, mul, neg, sign, sub, where } from "@tapegrad/tensor/ops";
import type { DirectionOptions } from "./common-options.ts";
import { EachByItself } from "./composed-optimizer.ts";
import { countStep, type ParamGroup, type ParamsOrGroups, stateTensor, type Trained } from "./optimizer.ts";

/** Options of `Rprop`. */
export interface RpropOptions extends DirectionOptions {
  /** The size of the first steps. @default 1e-2 */
  lr: number;
  /** Factors on the size of a step where the gradient changed its sign, and where it did not. @default [0.5, 1.2] */
  etas: readonly [number, number];
  /** Least and largest size of a step. @default [1e-6, 50] */
  stepSizes: readonly [number, number];
}

const rules: OptionRules<RpropOptions> = {
  lr: [1e-2, checkNotNegative],
  etas: [[0.5, 1.2], checkEtas],
  stepSizes: [[1e-6, 50], checkSizes],
  maximize: [false, checkBoolean],
};

/**
 * Rprop: steps whose size depends on the signs of gradients alone, for whole batches.
 *
 * Where a gradient has its last sign, `η = min(η·η₊, max)`; where it has the other, `η = max(η·η₋, min)` and the gradient counts as
 * 0; `p = p − η · sign(g)`.
 *
 * @see Riedmiller & Braun 1993, https://doi.org/10.1109/ICNN.1993.298623
 */
export class Rprop extends EachByItself<RpropOptions> {
  /** @throws ValueError if the etas do not lie on both sides of 1, or an option is out of its range or unknown. */
  constructor(params: ParamsOrGroups<RpropOptions>, options: Partial<RpropOptions> = {}) {
    super(params, rules, options, { step: "number", prev: "tensor", stepSize: "tensor" });
  }

  protected override move(trained: Trained, { lr, etas, stepSizes, maximize }: ParamGroup<RpropOptions>): void {
    const { parameter } = trained;
    countStep(trained);
    const gradient: Tensor = maximize ? neg(trained.gradient) : trained.gradient;
    const previous = stateTensor(trained, "prev");
    const size = stateTensor(trained, "stepSize", lr);
    const agreement = mul(gradient, previous);
    const turned = less(agreement, 0);
    const factor = where(turned, etas[0], where(greater(agreement, 0), etas[1], 1));
    size.assign(clamp(mul(size, factor), { min: stepSizes[0], max: stepSizes[1] }));
    const counted = where(turned, 0, gradient);
    parameter.assign(sub(parameter, mul(sign(counted), size)));
    previous.assign(counted);
  }
}

function checkEtas(optimizer: string, name: string, value: unknown): void {
  checkPair(optimizer, name, value);
  const [minus, plus] = value;
  if (!(minus > 0 && minus < 1 && plus > 1 && Number.isFinite(plus)))
    throw new ValueError(`${optimizer}: ${name} must lie on both sides of 1, got ${showValue(value)}`);
}

function checkSizes(optimizer: string, name: string, value: unknown): void {
  checkPair(optimizer, name, value);
  const [least, most] = value;
  if (!(least >= 0 && most >= least && Number.isFinite(most)))
    throw new ValueError(`${optimizer}: ${name} must be a least and a largest size, got ${showValue(value)}`);
}

function checkPair(optimizer: string, name: string, value: unknown): asserts value is [number, number] {
  if (!Array.isArray(value) || value.length !== 2 || !value.every((each) => typeof each === "number"))
    throw new ValueError(`${optimizer}: ${name} must be two numbers, got ${showValue(value)}`);
}
