import type { Tensor } from "@tapegrad/tensor";
import { checkBoolean, checkFloat, type OptionRules, readOptions } from "@tapegrad/tensor/internal";
import { add, exp, lessEqual, log, mul, sub, where } from "@tapegrad/tensor/ops";
import { checkReal } from "../checks/check-values.ts";
import { moduleOf, type ModuleOf } from "../module/module-of.ts";
import { checkSameShape, reduceLosses, type ReductionOptions, reductionRule } from "./loss.ts";

/** Options of `poissonNLLLoss`. */
export interface PoissonNLLLossOptions extends ReductionOptions {
  /** Whether the input is the logarithm of the expected count, or the count itself. @default true */
  readonly logInput?: boolean;
  /** Whether to add Stirling's approximation of `log(target!)` where the target exceeds 1. @default false */
  readonly full?: boolean;
  /** Added to the input before its logarithm is taken, if it is a count. @default 1e-8 */
  readonly eps?: number;
}

const rules: OptionRules<PoissonNLLLossOptions> = {
  logInput: [true, checkBoolean],
  full: [false, checkBoolean],
  eps: [1e-8, checkReal],
  ...reductionRule,
};

/**
 * The negative log-likelihood of counts under Poisson distributions: `eˣ − y·x`, or `x − y · log(x + eps)` without
 * `logInput`; with `full` plus `y·log(y) − y + log(2πy)/2` where `y > 1`.
 *
 * @throws ShapeError if the shapes differ; torch broadcasts them. @throws DTypeError if the input is int32.
 */
export function poissonNLLLoss(input: Tensor, target: Tensor, options: PoissonNLLLossOptions = {}): Tensor {
  const { logInput, full, eps, reduction } = readOptions("poissonNLLLoss", options, rules);
  checkSameShape("poissonNLLLoss", input, target);
  checkFloat("poissonNLLLoss", input, "input");
  const losses = logInput ? sub(exp(input), mul(target, input)) : sub(input, mul(target, log(add(input, eps))));
  return reduceLosses(full ? add(losses, logFactorial(target)) : losses, reduction);
}

/** Stirling's approximation, and 0 up to 1. */
function logFactorial(count: Tensor): Tensor {
  const small = lessEqual(count, 1);
  const n = where(small, 1, count);
  const stirling = add(sub(mul(n, log(n)), n), mul(log(mul(n, 2 * Math.PI)), 0.5));
  return where(small, 0, stirling);
}

const Loss: ModuleOf<typeof poissonNLLLoss> = /* @__PURE__ */ moduleOf(poissonNLLLoss, 2, rules);

/** The negative log-likelihood of counts under Poisson distributions: `poissonNLLLoss` as a module. */
export class PoissonNLLLoss extends Loss {}
