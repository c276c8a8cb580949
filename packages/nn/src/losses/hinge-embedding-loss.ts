import type { Tensor } from "@tapegrad/tensor";
import { checkFloat, type OptionRules, readOptions } from "@tapegrad/tensor/internal";
import { add, clamp, equal, sub, where } from "@tapegrad/tensor/ops";
import { checkReal } from "../checks/check-values.ts";
import { moduleOf, type ModuleOf } from "../module/module-of.ts";
import { checkSameShape, reduceLosses, type ReductionOptions, reductionRule } from "./loss.ts";

/** Options of `hingeEmbeddingLoss`. */
export interface HingeEmbeddingLossOptions extends ReductionOptions {
  /** Distance from which on what is unlike costs nothing. @default 1 */
  readonly margin?: number;
}

const rules: OptionRules<HingeEmbeddingLossOptions> = { margin: [1, checkReal], ...reductionRule };

/**
 * For distances of pairs that are alike, target 1, or unlike, −1: `x` where they are alike, `max(0, margin − x)` where
 * unlike. For any other target both are added, as in torch.
 *
 * @throws ShapeError if the shapes differ; torch broadcasts them. @throws DTypeError if the input is int32.
 */
export function hingeEmbeddingLoss(input: Tensor, target: Tensor, options: HingeEmbeddingLossOptions = {}): Tensor {
  const { margin, reduction } = readOptions("hingeEmbeddingLoss", options, rules);
  checkSameShape("hingeEmbeddingLoss", input, target);
  checkFloat("hingeEmbeddingLoss", input, "input");
  const unlike = where(equal(target, 1), 0, clamp(sub(margin, input), { min: 0 }));
  const alike = where(equal(target, -1), 0, input);
  return reduceLosses(add(unlike, alike), reduction);
}

const Loss: ModuleOf<typeof hingeEmbeddingLoss> = /* @__PURE__ */ moduleOf(hingeEmbeddingLoss, 2, rules);

/** The loss of distances of pairs that are alike or unlike: `hingeEmbeddingLoss` as a module. */
export class HingeEmbeddingLoss extends Loss {}
