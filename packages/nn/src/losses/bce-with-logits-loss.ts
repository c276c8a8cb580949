import type { Tensor } from "@tapegrad/tensor";
import { checkFloats, checkOptionalTensor, type OptionRules, readOptions } from "@tapegrad/tensor/internal";
import { add, mul, neg, softplus, sub } from "@tapegrad/tensor/ops";
import { moduleOf, type ModuleOf } from "../module/module-of.ts";
import { checkElementWeight, checkSameShape, reduceLosses, type ReductionOptions, reductionRule } from "./loss.ts";

/** Options of `bceWithLogitsLoss`. */
export interface BCEWithLogitsLossOptions extends ReductionOptions {
  /** Factor on the loss of each element, broadcast to the input. @default null */
  readonly weight?: Tensor | null;
  /** Factor on the positive part of the loss, broadcast to the input: for rare positives. @default null */
  readonly posWeight?: Tensor | null;
}

const rules: OptionRules<BCEWithLogitsLossOptions> = {
  weight: [null, checkOptionalTensor],
  posWeight: [null, checkOptionalTensor],
  ...reductionRule,
};

/**
 * The cross-entropy of independent yes/no questions, given the logits `x` of yes and the truth `y` in [0, 1].
 *
 * `loss = −(posWeight · y · log σ(x) + (1 − y) · log(1 − σ(x)))`, computed as
 * `(1 − y) · x + (1 + (posWeight − 1) · y) · softplus(−x)`, which neither overflows nor cancels.
 *
 * @throws ShapeError if the shapes of input and target differ, or a weight does not broadcast to them.
 * @throws DTypeError if input or target is int32.
 */
export function bceWithLogitsLoss(input: Tensor, target: Tensor, options: BCEWithLogitsLossOptions = {}): Tensor {
  const { weight, posWeight, reduction } = readOptions("bceWithLogitsLoss", options, rules);
  checkSameShape("bceWithLogitsLoss", input, target);
  checkFloats("bceWithLogitsLoss", { input, target });
  checkElementWeight("bceWithLogitsLoss", "weight", weight, input);
  checkElementWeight("bceWithLogitsLoss", "posWeight", posWeight, input);
  const negative = mul(sub(1, target), input);
  const surprise = softplus(neg(input));
  const positive = posWeight === null ? surprise : mul(add(1, mul(sub(posWeight, 1), target)), surprise);
  const losses = add(negative, positive);
  return reduceLosses(weight === null ? losses : mul(losses, weight), reduction);
}

const Loss: ModuleOf<typeof bceWithLogitsLoss> = /* @__PURE__ */ moduleOf(bceWithLogitsLoss, 2, rules);

/** The cross-entropy of independent yes/no questions: `bceWithLogitsLoss` as a module. State: the weights, if given. */
export class BCEWithLogitsLoss extends Loss {}
