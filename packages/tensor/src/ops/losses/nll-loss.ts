import { checkInteger, checkOperands, oneOf, type OptionRules, readOptions } from "../../checks/index.ts";
import type { Tensor } from "../../core.ts";
import { classTargets, type Reduction, rowReduction } from "./class-targets.ts";
import { nllRows } from "./nll-rows.ts";

export type { Reduction } from "./class-targets.ts";

/** How `nllLoss` weighs and reduces. */
export interface NllLossOptions {
  /** A weight for each class, `[c]`; int32 ones become float32. @default all ones */
  readonly weight?: Tensor | null;
  /** Targets of this value count for nothing. @default -100 */
  readonly ignoreIndex?: number;
  /** With `"mean"`, `Σ w_y·loss / Σ w_y`. @default "mean" */
  readonly reduction?: Reduction;
}

/**
 * Negative log-likelihood: `−w_y · logProbs_y` of each target class `y`.
 *
 * If every target is ignored, the mean is NaN, as in torch.
 *
 * Shape: `logProbs [n, c]` or `[n, c, d₁, …]`, `target` int32 `[n]` or `[n, d₁, …]` → a scalar, or `target`'s shape.
 *
 * @throws ShapeError or DTypeError if the shapes or dtypes do not go together.
 * @throws IndexError if a target is neither a class nor `ignoreIndex`.
 */
export function nllLoss(logProbs: Tensor, target: Tensor, options: NllLossOptions = {}): Tensor {
  checkOperands("nllLoss", { logProbs, target });
  const read = readOptions("nllLoss", options, nllRules);
  const targets = classTargets("nllLoss", logProbs, target, read);
  const reduce = rowReduction(logProbs, targets, read.reduction);
  return reduce(nllRows([logProbs], targets));
}

/** What `nllLoss` takes, by default and at all. */
export const nllRules: OptionRules<NllLossOptions> = {
  weight: [null],
  ignoreIndex: [-100, checkInteger],
  reduction: ["mean", /* @__PURE__ */ oneOf("mean", "sum", "none")],
};
