import { type Reduction, type Tensor } from "@tapegrad/tensor";
import type { OptionRules } from "@tapegrad/tensor/internal";
import { mean } from "@tapegrad/tensor/ops/mean";
import { sum } from "@tapegrad/tensor/ops/sum";
import { among } from "../checks/check-values.ts";

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
  reduction: ["mean", /* @__PURE__ */ among("none", "mean", "sum")],
};
