import type { Tensor } from "@tapegrad/tensor";
import { checkOptionalTensor, type OptionRules } from "@tapegrad/tensor/internal";
import { nllLoss as batchedNllLoss, type NllLossOptions } from "@tapegrad/tensor/ops";
import { checkReal } from "../checks/check-values.ts";
import { moduleOf, type ModuleOf } from "../module/module-of.ts";
import { acceptUnbatched } from "./accept-unbatched.ts";
import { reductionRule } from "./loss.ts";

const rules: OptionRules<NllLossOptions> = {
  weight: [null, checkOptionalTensor],
  ignoreIndex: [-100, checkReal],
  ...reductionRule,
};

/**
 * The negative log-likelihood of the target classes: `−weight[y] · logProbs[y]`.
 *
 * Shape: log-probabilities `[n, c, …]`, target int32 `[n, …]`; or those of one example, `[c]` and a scalar. `"mean"`
 * divides by the weights of the targets that count; if all are ignored, the result is NaN, as in torch.
 *
 * @throws ShapeError if the shapes do not match. @throws DTypeError if the target is not int32. @throws IndexError if
 *   a target is no class.
 */
export function nllLoss(logProbs: Tensor, target: Tensor, options: NllLossOptions = {}): Tensor {
  return acceptUnbatched("nllLoss", batchedNllLoss, logProbs, target, options);
}

const Loss: ModuleOf<typeof nllLoss> = /* @__PURE__ */ moduleOf(nllLoss, 2, rules);

/** The negative log-likelihood of the target classes: `nllLoss` as a module. State: `weight`, if given. */
export class NLLLoss extends Loss {}
