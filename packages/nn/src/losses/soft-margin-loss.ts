import type { Tensor } from "@tapegrad/tensor";
import { checkFloat, readOptions } from "@tapegrad/tensor/internal";
import { mul, neg, softplus } from "@tapegrad/tensor/ops";
import { moduleOf, type ModuleOf } from "../module/module-of.ts";
import { checkSameShape, reduceLosses, type ReductionOptions, reductionRule } from "./loss.ts";

/**
 * The logistic loss of scores whose sign shall be that of targets 1 and −1: `log(1 + e^(−y·x))`. It does not overflow; that of
 * torch does where the exponent exceeds 88, and its gradient is NaN there.
 *
 * @throws ShapeError if the shapes differ; torch broadcasts them. @throws DTypeError if the input is int32.
 */
export function softMarginLoss(input: Tensor, target: Tensor, options: ReductionOptions = {}): Tensor {
  const { reduction } = readOptions("softMarginLoss", options, reductionRule);
  checkSameShape("softMarginLoss", input, target);
  checkFloat("softMarginLoss", input, "input");
  return reduceLosses(softplus(neg(mul(input, target))), reduction);
}

const Loss: ModuleOf<typeof softMarginLoss> = /* @__PURE__ */ moduleOf(softMarginLoss, 2, reductionRule);

/** The logistic loss of scores whose sign shall be that of targets 1 and −1: `softMarginLoss` as a module. */
export class SoftMarginLoss extends Loss {}
