import type { Tensor } from "../../core.ts";
import { sgdKernel } from "../../kernels/optimizer/sgd.ts";
import { stepSlots } from "./step-slots.ts";

/** A parameter, its gradient and its state. */
export interface SgdSlot {
  readonly parameter: Tensor;
  readonly gradient: Tensor;
  /** The momentum buffer; null without momentum. */
  readonly momentumBuffer: Tensor | null;
}

/** What SGD does to all parameters of one launch alike. */
export interface SgdStepOptions {
  readonly lr: number;
  readonly momentum: number;
  readonly dampening: number;
  readonly nesterov: boolean;
  readonly weightDecay: number;
  readonly maximize: boolean;
  /** Whether the momentum buffers hold nothing yet: they become the gradients, without dampening. */
  readonly first: boolean;
}

/**
 * One step of stochastic gradient descent over many parameters, in place and in one launch.
 *
 * `g = ±gradient + weightDecay·p`; with momentum `m = momentum·m + (1 − dampening)·g`, and `g` becomes `m`, or
 * `g + momentum·m` with Nesterov's; `p = p − lr·g`. As in torch, the first `m` is `g` itself.
 *
 * @throws ShapeError or DTypeError if a gradient or buffer does not match its parameter.
 * @see https://pytorch.org/docs/stable/generated/torch.optim.SGD.html
 */
export function sgdStep(slots: readonly SgdSlot[], options: SgdStepOptions): void {
  const parts = slots.map(({ parameter, gradient, momentumBuffer }) => {
    return { parameter, gradient, ...(options.momentum !== 0 && { momentumBuffer }) };
  });
  stepSlots("sgdStep", sgdKernel, parts, options);
}
