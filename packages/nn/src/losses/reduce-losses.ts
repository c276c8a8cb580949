import type { Reduction, Tensor } from "@tapegrad/tensor";
import { oneOf, type OptionRules } from "@tapegrad/tensor/internal";
import { mean, sum } from "@tapegrad/tensor/ops";

/** Option that all losses have. */
export interface ReductionOptions {
  /** What becomes of the losses of the elements. @default "mean" */
  readonly reduction?: Reduction;
}

/** Keeps, averages or adds up the losses of the elements. */
export function reduceLosses(losses: Tensor, reduction: Reduction): Tensor {
  if (reduction === "none") return losses;
  return reduction === "mean" ? mean(losses) : sum(losses);
}

/** The rule for the option that all losses have. */
export const reductionRule: OptionRules<ReductionOptions> = {
  reduction: ["mean", /* @__PURE__ */ oneOf("none", "mean", "sum")],
};
