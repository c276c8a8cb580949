import { type Reduction, type Tensor, ValueError } from "@tapegrad/tensor";
import { type OptionCheck, type OptionRules, showValue } from "@tapegrad/tensor/internal";
import { mean } from "@tapegrad/tensor/ops/mean";
import { sum } from "@tapegrad/tensor/ops/sum";

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

/** Checks that a reduction is one of those that there are. */
export function amongReductions(...known: readonly string[]): OptionCheck {
  return (loss, name, value) => {
    if ((known as readonly unknown[]).includes(value)) return;
    throw new ValueError(`${loss}: ${name} must be one of ${known.join(", ")}, got ${showValue(value)}`);
  };
}

const checkReduction: OptionCheck = /* @__PURE__ */ amongReductions("none", "mean", "sum");

/** The rule for the option that all losses have. */
export const reductionRule: OptionRules<ReductionOptions> = { reduction: ["mean", checkReduction] };
