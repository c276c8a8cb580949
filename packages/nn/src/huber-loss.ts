import { checkNumbers } from "./check-values.ts";
import { ValueError, refuseUnknownOptions } from "@tapegrad/tensor";
import type { Tensor } from "@tapegrad/tensor";
import { abs } from "@tapegrad/tensor/ops/abs";
import { less } from "@tapegrad/tensor/ops/less";
import { mul } from "@tapegrad/tensor/ops/mul";
import { square } from "@tapegrad/tensor/ops/square";
import { sub } from "@tapegrad/tensor/ops/sub";
import { where } from "@tapegrad/tensor/ops/where";
import { Module } from "./module.ts";
import { checkReduction, reduceLosses } from "./reduction.ts";
import type { Reduction, ReductionOptions } from "./reduction.ts";
import { checkSameShape } from "./sizes.ts";

/** Options of `huberLoss`. */
export interface HuberLossOptions extends ReductionOptions {
  /** Difference from which on the loss is linear; positive. @default 1 */
  readonly delta?: number;
}

/**
 * Squared for small differences, linear for large ones: `d² / 2` where `|d| < delta`, else `delta · (|d| − delta /
 * 2)`.
 *
 * @throws ShapeError if the shapes differ; torch broadcasts them with a warning. @throws ValueError if `delta` is not
 *   positive.
 * @see Huber 1964, https://doi.org/10.1214/aoms/1177703732
 */
export function huberLoss(input: Tensor, target: Tensor, options: HuberLossOptions = {}): Tensor {
  refuseUnknownOptions("huberLoss", options, ["delta", "reduction"]);
  const { delta = 1, reduction = "mean" } = options;
  checkNumbers("huberLoss", { delta });
  if (!(delta > 0)) throw new ValueError(`huberLoss: delta must be positive, got ${delta}`);
  checkSameShape("huberLoss", input, target);
  const difference = sub(input, target);
  const size = abs(difference);
  const near = less(size, delta);
  // Squares of large differences would send NaN into the gradient.
  const squares = square(where(near, difference, 0));
  const losses = where(near, mul(squares, 0.5), mul(sub(size, 0.5 * delta), delta));
  return reduceLosses("huberLoss", losses, reduction);
}

/** Squared for small differences, linear for large ones: `huberLoss` as a module. */
export class HuberLoss extends Module {
  readonly delta: number;
  readonly reduction: Reduction;

  /** @throws ValueError if `delta` is not positive, or the reduction or an option unknown. */
  constructor(options: HuberLossOptions = {}) {
    super();
    refuseUnknownOptions("HuberLoss", options, ["delta", "reduction"]);
    const { delta = 1, reduction = "mean" } = options;
    checkReduction("HuberLoss", reduction);
    checkNumbers("HuberLoss", { delta });
    if (!(delta > 0)) throw new ValueError(`HuberLoss: delta must be positive, got ${delta}`);
    this.delta = delta;
    this.reduction = reduction;
  }

  forward(input: Tensor, target: Tensor): Tensor {
    return huberLoss(input, target, { delta: this.delta, reduction: this.reduction });
  }
}
