import { sameShape, ShapeError, type Tensor } from "@tapegrad/tensor";
import { checkTensor, showShape } from "@tapegrad/tensor/internal";
import { reshape } from "@tapegrad/tensor/ops";

/**
 * A loss of scores `[n, c, …]` and targets for each, which also takes the scores `[c]` of one example and its target: a batch of one
 * without its axis.
 */
export function acceptUnbatched<O extends { readonly reduction?: string }>(
  name: string,
  loss: (scores: Tensor, target: Tensor, options: O) => Tensor,
  scores: Tensor,
  target: Tensor,
  options: O,
): Tensor {
  checkTensor(name, scores, "input");
  checkTensor(name, target, "target");
  if (scores.rank !== 1) return loss(scores, target, options);
  const probabilities = target.dtype === "float32" && sameShape(target.shape, scores.shape);
  if (target.rank !== 0 && !probabilities)
    throw new ShapeError(
      `${name}: an input of shape ${showShape(scores.shape)} expects a target of shape [], got ${showShape(target.shape)}`,
    );
  const result = loss(reshape(scores, [1, ...scores.shape]), reshape(target, [1, ...target.shape]), options);
  return options.reduction === "none" ? reshape(result, []) : result;
}
