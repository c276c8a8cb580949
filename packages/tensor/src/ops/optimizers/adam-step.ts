import type { Tensor } from "../../core.ts";
import { adamKernel } from "../../kernels/optimizer/adam.ts";
import { stepSlots } from "./step-slots.ts";

/** A parameter, its gradient and its state. */
export interface AdamSlot {
  readonly parameter: Tensor;
  readonly gradient: Tensor;
  /** Running average of the gradient. */
  readonly expAvg: Tensor;
  /** Running average of the squared gradient. */
  readonly expAvgSq: Tensor;
  /** Largest `expAvgSq` so far; null without AMSGrad. */
  readonly maxExpAvgSq: Tensor | null;
}

/** What Adam does to all parameters of one launch alike. */
export interface AdamStepOptions {
  readonly lr: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly eps: number;
  readonly weightDecay: number;
  readonly amsgrad: boolean;
  readonly maximize: boolean;
  /** Whether weight decay shrinks the parameter (AdamW) instead of being added to the gradient (Adam). */
  readonly decoupled: boolean;
  /** How many steps these parameters have taken, this one included. */
  readonly step: number;
}

/**
 * One step of Adam or AdamW over many parameters, in place and in one launch.
 *
 * `m = β₁·m + (1−β₁)·g`, `v = β₂·v + (1−β₂)·g²`, `p = p − lr/(1−β₁ᵗ) · m / (√v/√(1−β₂ᵗ) + eps)`; with AMSGrad the largest
 * `v` so far takes the place of `v`. Weight decay is added to `g`, or, decoupled, `p` is first multiplied by `1 − lr·weightDecay`.
 *
 * @throws ShapeError or DTypeError if a gradient or state does not match its parameter.
 * @see Kingma & Ba 2014, https://arxiv.org/abs/1412.6980; Loshchilov & Hutter 2017, https://arxiv.org/abs/1711.05101
 */
export function adamStep(slots: readonly AdamSlot[], options: AdamStepOptions): void {
  const parts = slots.map(({ parameter, gradient, expAvg, expAvgSq, maxExpAvgSq }) => {
    return { parameter, gradient, expAvg, expAvgSq, ...(options.amsgrad && { maxExpAvgSq }) };
  });
  stepSlots("adamStep", adamKernel, parts, options);
}
