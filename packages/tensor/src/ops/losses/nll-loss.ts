import {
  checkFit,
  checkFloat,
  checkIndices,
  checkInteger,
  checkOperands,
  checkOptionalTensor,
  checkSameDevice,
  checkShapeOf,
  oneOf,
  type OptionCheck,
  type OptionRules,
  readOptions,
} from "../../checks/index.ts";
import { full, sameShape, ShapeError, showShape, type Tensor } from "../../core.ts";
import { cast, div, mean, sum } from "../basic.ts";
import { nllRows, type Targets } from "./nll-rows.ts";

/** How the losses of a batch become one: their (weighted) mean, their sum, or not at all. */
export type Reduction = "mean" | "sum" | "none";

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

/** The class targets of a loss; they are checked, and so are its input, its weights and their devices. */
export function classTargets(
  op: string,
  input: Tensor,
  target: Tensor,
  { weight, ignoreIndex }: Required<NllLossOptions>,
): Targets {
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
  checkOptionalTensor(op, "weight", weight);
  checkSameDevice(op, [input, weight]);
  if (weight !== null) checkShapeOf(op, "weight", weight.shape, [input.shape[1]!]);
}

/** @throws ValueError if the reduction is unknown. */
export const checkReduction: OptionCheck = /* @__PURE__ */ oneOf("mean", "sum", "none");

/** What `nllLoss` takes, by default and at all. */
export const nllRules: OptionRules<NllLossOptions> = {
  weight: [null],
  ignoreIndex: [-100, checkInteger],
  reduction: ["mean", checkReduction],
};

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
