import { backward } from "@tapegrad/autograd";
import type { Layer } from "@tapegrad/nn";
import { clipGradNorm } from "@tapegrad/optim/clip-grad-norm";
import type { Tensor } from "@tapegrad/tensor";
import { add } from "@tapegrad/tensor/ops/add";
import { mul } from "@tapegrad/tensor/ops/mul";
import type { Examples } from "./supervised.ts";

/** The part of an optimizer that a step needs. */
export interface SteppingOptimizer {
  zeroGrad(): void;
  step(): void;
}

/** What a step needs to know. */
export interface Learning {
  readonly lossOf: (outputs: Tensor, targets: Tensor) => Tensor;
  readonly optimizer: SteppingOptimizer;
  readonly clipGradNorm: number | null;
}

/** What a step came to, without a record. */
export interface Learned {
  /** The mean loss of all examples. */
  readonly loss: Tensor;
  /** The norm of all gradients before they were clipped; null if they were not. */
  readonly gradNorm: Tensor | null;
}

/**
 * One step of the optimizer, from one batch or from several that count as one: each batch's mean loss counts by its examples, so the
 * gradients are those of all examples at once, to rounding.
 */
export function learn(
  model: Layer,
  batches: readonly Examples[],
  { lossOf, optimizer, clipGradNorm: norm }: Learning,
): Learned {
  const examples = batches.reduce((sum, { inputs }) => sum + inputs.shape[0]!, 0);
  optimizer.zeroGrad();
  const parts = batches.map(({ inputs, targets }) => {
    const loss = lossOf(model.forward(inputs), targets);
    const part = batches.length === 1 ? loss : mul(loss, inputs.shape[0]! / examples);
    backward(part);
    return part.detach();
  });
  const gradNorm = norm === null ? null : clipGradNorm(model.parameters(), norm);
  optimizer.step();
  return { loss: parts.reduce((sum, part) => add(sum, part)), gradNorm };
}
