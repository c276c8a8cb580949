import { noGrad, scope, type Tensor } from "@tapegrad/tensor";
import { add, mul, neg, sub } from "@tapegrad/tensor/ops";
import type { DirectionOptions, PenaltyOptions } from "./common-options.ts";
import { Optimizer, type Trained } from "./optimizer.ts";
import type { ParamGroup } from "./parameter-groups.ts";

/** Options that every optimizer made of ops has. */
export interface ComposedOptions extends PenaltyOptions, Partial<DirectionOptions> {
  /** Learning rate. */
  lr: number;
}

/**
 * An optimizer that moves one parameter after the other, with ops; the device fuses them. Nothing is recorded, and what a step
 * makes is freed when it ends.
 */
export abstract class EachByItself<O extends { lr: number }> extends Optimizer<O> {
  protected override stepGroup(group: ParamGroup<O>, trained: readonly Trained[]): void {
    noGrad(() =>
      scope(() => {
        for (const each of trained) this.move(each, group);
      }),
    );
  }

  /** Moves a parameter and updates its state. */
  protected abstract move(trained: Trained, group: ParamGroup<O>): void;
}

/** An optimizer that subtracts something from each parameter. */
export abstract class ComposedOptimizer<O extends ComposedOptions> extends EachByItself<O> {
  protected override move(trained: Trained, group: ParamGroup<O>): void {
    const change = this.change(trained, directed(trained, group), group);
    trained.parameter.assign(sub(trained.parameter, change));
  }

  /** Says what to subtract from a parameter, given its gradient with weight decay, and updates its state. */
  protected abstract change(trained: Trained, gradient: Tensor, group: ParamGroup<O>): Tensor;
}

/** The gradient downhill, with weight decay. */
export function directed({ parameter, gradient }: Trained, options: Omit<ComposedOptions, "lr">): Tensor {
  const { maximize = false, weightDecay } = options;
  const downhill = maximize ? neg(gradient) : gradient;
  return weightDecay === 0 ? downhill : add(downhill, mul(parameter, weightDecay));
}

/** Moves a running average: `average = decay·average + (1 − decay)·value`. */
export function updateAverage(average: Tensor, value: Tensor, decay: number): Tensor {
  return average.assign(add(mul(average, decay), mul(value, 1 - decay)));
}
