import { checkFit, checkFloat, checkIndices, checkOperands, checkShapeOf } from "../../checks/index.ts";
import { sameShape, ShapeError, showShape, type Tensor } from "../../core.ts";
import { full } from "../../tensor/create.ts";
import { cast, div, mean, sum } from "../basic.ts";
import { nllRows, type Targets } from "./nll-rows.ts";

/** How the losses of a batch become one: their (weighted) mean, their sum, or not at all. */
export type Reduction = "mean" | "sum" | "none";

/** The class targets of a loss; they are checked, and so are its input, its weights and their devices. */
export function classTargets(op: string, input: Tensor, target: Tensor, read: Omit<Targets, "target">): Targets {
  const { weight, ignoreIndex } = read;
  checkFloat(op, input, "input");
  checkFit(op, input.rank >= 2, "an input of shape [n, c, …]", input.shape);
  const expected = [input.shape[0]!, ...input.shape.slice(2)];
  if (!sameShape(target.shape, expected)) {
    throw new ShapeError(
      `${op}: an input of shape ${showShape(input.shape)} expects targets of shape ${showShape(expected)}, got ${showShape(target.shape)}`,
    );
  }
  checkClassWeights(op, weight, input);
  checkIndices(op, target, input.shape[1]!, "target", ignoreIndex);
  return { target, weight: weight && cast(weight, "float32"), ignoreIndex };
}

/** @throws ShapeError unless there is one weight for each class. @throws DeviceError if they live elsewhere. */
export function checkClassWeights(op: string, weight: Tensor | null, input: Tensor): void {
  if (weight === null) return;
  checkOperands(op, { input, weight });
  checkShapeOf(op, "weight", weight.shape, [input.shape[1]!]);
}

/** What reduces a loss for each target; the mean is over `Σ w_y` of the targets that are not ignored. */
export function rowReduction(input: Tensor, targets: Targets, reduction: Reduction): (losses: Tensor) => Tensor {
  if (reduction === "none") return (losses) => losses;
  if (reduction === "sum") return (losses) => sum(losses);
  if (targets.weight === null && !mayIgnore(targets)) return (losses) => mean(losses);
  const total = sum(weightsOf(targets, input));
  return (losses) => div(sum(losses), total);
}

/** What each target counts for: the weight of its class, or 0 where it is ignored. `input` is what has the classes. */
export function weightsOf(targets: Targets, { shape, device }: Tensor): Tensor {
  return nllRows([full(shape, -1, { device })], targets);
}

/** Whether some target may be `ignoreIndex`. */
export function mayIgnore({ target, ignoreIndex }: Targets): boolean {
  const range = target.storage.intRange;
  return range === null || (range[0] <= ignoreIndex && ignoreIndex <= range[1]);
}
