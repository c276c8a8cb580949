import { arange, ShapeError, type Tensor } from "@tapegrad/tensor";
import { checkFloat, checkIndices, readOptions } from "@tapegrad/tensor/internal";
import { add, cumsum, div, equal, gather, greater, less, mul, reshape, sub, sum, where } from "@tapegrad/tensor/ops";
import { moduleOf, type ModuleOf } from "../module/module-of.ts";
import { checkSameShape, reduceLosses, type ReductionOptions, reductionRule } from "./loss.ts";

/**
 * The hinge loss of scores of several right classes: `Σ max(0, 1 − x[y[j]] + x[i]) / c` over all right classes `y[j]` and all
 * other classes i. The right classes stand first in a row of the target, and end before its first −1. Where a difference is NaN,
 * it counts as 0, as in torch.
 *
 * Shape: scores `[n, c]` and int32 targets `[n, c]`, or those of one example, `[c]` and `[c]`. It takes memory for `n·c²`
 * numbers.
 *
 * @throws ShapeError if the shapes differ or are none of those. @throws IndexError if a target is neither a class nor −1.
 * @throws DTypeError if the input is int32 or the target is not.
 */
export function multiLabelMarginLoss(input: Tensor, target: Tensor, options: ReductionOptions = {}): Tensor {
  const { reduction } = readOptions("multiLabelMarginLoss", options, reductionRule);
  checkSameShape("multiLabelMarginLoss", input, target);
  checkFloat("multiLabelMarginLoss", input, "input");
  const [n, c] = input.rank === 1 ? [1, input.size] : input.shape;
  if (n === undefined || c === undefined || c === 0 || input.rank > 2)
    throw new ShapeError(`multiLabelMarginLoss: expected scores [n, c] or [c], got [${input.shape.join(", ")}]`);
  checkIndices("multiLabelMarginLoss", target, c, "target", -1);
  const scores = reshape(input, [n, c]);
  const listed = reshape(target, [n, c]);
  const right = equal(cumsum(less(listed, 0), 1), 0);
  const labels = where(right, listed, 0);
  const classes = arange(0, c, { dtype: "int32", device: input.device });
  const marks = mul(reshape(right, [n, c, 1]), equal(reshape(labels, [n, c, 1]), classes));
  const wrong = equal(sum(marks, 1, { keepDim: true }), 0);
  const short = add(sub(reshape(scores, [n, 1, c]), reshape(gather(scores, 1, labels), [n, c, 1])), 1);
  const counts = mul(mul(reshape(right, [n, c, 1]), wrong), greater(short, 0));
  const losses = div(sum(where(counts, short, 0), [1, 2]), c);
  return reduceLosses(input.rank === 1 ? reshape(losses, []) : losses, reduction);
}

const Loss: ModuleOf<typeof multiLabelMarginLoss> = /* @__PURE__ */ moduleOf(multiLabelMarginLoss, 2, reductionRule);

/** The hinge loss of scores of several right classes: `multiLabelMarginLoss` as a module. */
export class MultiLabelMarginLoss extends Loss {}
