import { defineOp, sameShape, ShapeError, type Tensor, ValueError } from "@tapegrad/tensor";
import { checkBoolean, checkFloats, type OptionRules, readOptions, showShape } from "@tapegrad/tensor/internal";
import { add, div, log, maximum, mul, square, sub, unsqueeze } from "@tapegrad/tensor/ops";
import { checkPositive } from "../checks/check-values.ts";
import { moduleOf, type ModuleOf } from "../module/module-of.ts";
import { checkSameShape, reduceLosses, type ReductionOptions, reductionRule } from "./loss.ts";

/** Options of `gaussianNLLLoss`. */
export interface GaussianNLLLossOptions extends ReductionOptions {
  /** Whether to add `log(2π) / 2`. @default false */
  readonly full?: boolean;
  /** Least variance by which is divided; the gradient passes as if it were not there. @default 1e-6 */
  readonly eps?: number;
}

const rules: OptionRules<GaussianNLLLossOptions> = {
  full: [false, checkBoolean],
  eps: [1e-6, checkPositive],
  ...reductionRule,
};

const raised = defineOp<readonly [Tensor], number>({
  name: "gaussianNLLLossVariance",
  forward: ([variance], least) => maximum(variance, least),
  vjp: (grad) => [grad],
  reads: { inputs: false, outputs: false },
});

/**
 * The negative log-likelihood of targets under normal distributions with means `x` and variances `v`: `(log max(v, eps) + (x −
 * y)² / max(v, eps)) / 2`.
 *
 * Shape: input and target alike; the variance too, or one for each row: `[…, 1]`, or without the last axis.
 *
 * @throws ShapeError if the shapes do not fit. @throws ValueError if a variance is negative; values that cannot be read at
 *   once, as on `gpu:webgpu`, are trusted. @throws DTypeError of int32.
 * @see Nix & Weigend 1994, https://doi.org/10.1109/ICNN.1994.374138
 */
export function gaussianNLLLoss(
  input: Tensor,
  target: Tensor,
  variance: Tensor,
  options: GaussianNLLLossOptions = {},
): Tensor {
  const { full, eps, reduction } = readOptions("gaussianNLLLoss", options, rules);
  checkSameShape("gaussianNLLLoss", input, target);
  checkFloats("gaussianNLLLoss", { input, target, variance });
  const v = raised([varianceFor(input, variance)], eps);
  const losses = mul(add(log(v), div(square(sub(input, target)), v)), 0.5);
  return reduceLosses(full ? add(losses, Math.log(2 * Math.PI) / 2) : losses, reduction);
}

/** Variances that broadcast to the input. */
function varianceFor(input: Tensor, variance: Tensor): Tensor {
  if (variance.device.synchronous && variance.dataSync().some((value) => value < 0))
    throw new ValueError("gaussianNLLLoss: a variance is negative");
  if (sameShape(variance.shape, input.shape)) return variance;
  const rows = input.shape.slice(0, -1);
  if (input.rank > 0 && sameShape(variance.shape, rows)) return unsqueeze(variance, -1);
  if (input.rank > 0 && sameShape(variance.shape, [...rows, 1])) return variance;
  throw new ShapeError(
    `gaussianNLLLoss: variance ${showShape(variance.shape)} is neither one for each value of input ${showShape(input.shape)} ` +
      "nor one for each row",
  );
}

const Loss: ModuleOf<typeof gaussianNLLLoss> = /* @__PURE__ */ moduleOf(gaussianNLLLoss, 3, rules);

/** The negative log-likelihood of targets under normal distributions: `gaussianNLLLoss` as a module. */
export class GaussianNLLLoss extends Loss {}
