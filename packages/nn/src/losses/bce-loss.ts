import { defineOp, type Tensor } from "@tapegrad/tensor";
import { checkFloats, checkOptionalTensor, type OptionRules, readOptions } from "@tapegrad/tensor/internal";
import { add, div, log, maximum, mul, neg, sub } from "@tapegrad/tensor/ops";
import { moduleOf, type ModuleOf } from "../module/module-of.ts";
import { checkElementWeight, checkSameShape, reduceLosses, type ReductionOptions, reductionRule } from "./loss.ts";

/** Options of `bceLoss`. */
export interface BCELossOptions extends ReductionOptions {
  /** Factor on the loss of each element, broadcast to the input. @default null */
  readonly weight?: Tensor | null;
}

const rules: OptionRules<BCELossOptions> = { weight: [null, checkOptionalTensor], ...reductionRule };

/**
 * `−(y · log p + (1 − y) · log(1 − p))`. Logarithms are at least −100 and the slope of the loss at most 1e12, as in
 * torch, so that a probability of exactly 0 or 1 does no harm. The gradient for the target is not bounded, as in torch.
 */
const binaryCrossEntropy = defineOp<readonly [probability: Tensor, target: Tensor]>({
  name: "bceLoss",
  forward: ([probability, target]) => {
    const yes = mul(target, safeLog(probability));
    const no = mul(sub(1, target), safeLog(sub(1, probability)));
    return neg(add(yes, no));
  },
  vjp: (grad, { inputs: [probability, target], needs }) => [
    needs[0]! ? mul(grad, div(sub(probability, target), maximum(mul(sub(1, probability), probability), 1e-12))) : null,
    needs[1]! ? mul(grad, sub(log(sub(1, probability)), log(probability))) : null,
  ],
  reads: { outputs: false },
});

function safeLog(x: Tensor): Tensor {
  return maximum(log(x), -100);
}

/**
 * The cross-entropy of independent yes/no questions, given **probabilities** of yes and the truth in [0, 1]. Prefer
 * `bceWithLogitsLoss`, which loses no digits.
 *
 * @throws ShapeError if the shapes of input and target differ, or the weight does not broadcast to them.
 * @throws DTypeError if input or target is int32.
 */
export function bceLoss(input: Tensor, target: Tensor, options: BCELossOptions = {}): Tensor {
  const { weight, reduction } = readOptions("bceLoss", options, rules);
  checkSameShape("bceLoss", input, target);
  checkFloats("bceLoss", { input, target });
  checkElementWeight("bceLoss", "weight", weight, input);
  const losses = binaryCrossEntropy([input, target]);
  return reduceLosses(weight === null ? losses : mul(losses, weight), reduction);
}

const Loss: ModuleOf<typeof bceLoss> = /* @__PURE__ */ moduleOf(bceLoss, 2, rules);

/** The cross-entropy of independent yes/no questions, given probabilities: `bceLoss` as a module. */
export class BCELoss extends Loss {}
