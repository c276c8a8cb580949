import { ShapeError, type Tensor } from "@tapegrad/tensor";
import { checkFloat, checkOptionalTensor, type OptionRules, readOptions } from "@tapegrad/tensor/internal";
import { add, div, mul, neg, sub, sum } from "@tapegrad/tensor/ops";
import { logSigmoid } from "../layers/activations/log-sigmoid.ts";
import { moduleOf, type ModuleOf } from "../module/module-of.ts";
import { checkElementWeight, checkSameShape, reduceLosses, type ReductionOptions, reductionRule } from "./loss.ts";

/** Options of `multiLabelSoftMarginLoss`. */
export interface MultiLabelSoftMarginLossOptions extends ReductionOptions {
  /** Factor on the loss of each class, broadcast to the input. @default null */
  readonly weight?: Tensor | null;
}

const rules: OptionRules<MultiLabelSoftMarginLossOptions> = {
  weight: [null, checkOptionalTensor],
  ...reductionRule,
};

/**
 * The cross-entropy of independent yes/no questions, given logits and the truth in [0, 1], averaged over the last axis:
 * `−mean(w · (y · log σ(x) + (1 − y) · log σ(−x)))`.
 *
 * Shape: input and target `[…, c] → […]`, before it is reduced.
 *
 * @throws ShapeError if the shapes differ, or the weight does not broadcast; torch broadcasts all. @throws DTypeError if the
 *   input is int32.
 */
export function multiLabelSoftMarginLoss(
  input: Tensor,
  target: Tensor,
  options: MultiLabelSoftMarginLossOptions = {},
): Tensor {
  const { weight, reduction } = readOptions("multiLabelSoftMarginLoss", options, rules);
  checkSameShape("multiLabelSoftMarginLoss", input, target);
  checkFloat("multiLabelSoftMarginLoss", input, "input");
  checkElementWeight("multiLabelSoftMarginLoss", "weight", weight, input);
  const classes = input.shape.at(-1);
  if (classes === undefined) throw new ShapeError("multiLabelSoftMarginLoss: a scalar has no axis of classes");
  const yes = mul(target, logSigmoid(input));
  const no = mul(sub(1, target), logSigmoid(neg(input)));
  const losses = neg(add(yes, no));
  const weighted = weight === null ? losses : mul(losses, weight);
  return reduceLosses(div(sum(weighted, -1), classes), reduction);
}

const Loss: ModuleOf<typeof multiLabelSoftMarginLoss> = /* @__PURE__ */ moduleOf(multiLabelSoftMarginLoss, 2, rules);

/** The cross-entropy of independent yes/no questions, averaged over them: `multiLabelSoftMarginLoss` as a module. */
export class MultiLabelSoftMarginLoss extends Loss {}
