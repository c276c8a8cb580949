import { type Tensor, ValueError } from "@tapegrad/tensor";
import { showValue } from "@tapegrad/tensor/internal";
import { mean } from "@tapegrad/tensor/ops/mean";
import { sum } from "@tapegrad/tensor/ops/sum";

/** What becomes of the losses of the elements: kept as they are, averaged, or added up. */
export type Reduction = "none" | "mean" | "sum";

/** Option that all losses have. */
export interface ReductionOptions {
  /** What becomes of the losses of the elements. @default "mean" */
  readonly reduction?: Reduction;
}

/** Keeps, averages or adds up the losses of the elements. @throws ValueError if the reduction is unknown. */
export function reduceLosses(loss: string, losses: Tensor, reduction: Reduction): Tensor {
  checkReduction(loss, reduction);
  if (reduction === "none") return losses;
  return reduction === "mean" ? mean(losses) : sum(losses);
}

/** @throws ValueError naming the loss and the known reductions if this is none of them. */
export function checkReduction(
  loss: string,
  reduction: string,
  known: readonly string[] = ["none", "mean", "sum"],
): void {
  if (known.includes(reduction)) return;
  throw new ValueError(`${loss}: reduction must be one of ${known.join(", ")}, got ${showValue(reduction)}`);
}
