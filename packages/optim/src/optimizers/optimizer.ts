import { type Shape, Tensor, full, keep } from "@tapegrad/tensor";
import { noteStep, tellOnce } from "@tapegrad/tensor/internal";
import { noteStepOf } from "./observe-steps.ts";
import type { ParamState } from "./optimizer-state.ts";
import { ParameterGroups, type ParamGroup } from "./parameter-groups.ts";

export type { ParamGroup, ParamsOrGroups } from "./parameter-groups.ts";

/** A parameter that has a gradient, and what is remembered of it. */
export interface Trained {
  readonly parameter: Tensor;
  readonly gradient: Tensor;
  readonly state: ParamState;
}

/**
 * What optimizers share that move parameters along their gradients. A subclass says how a group takes a step.
 *
 * A parameter without gradient is skipped: it gets no state, and its steps are not counted.
 */
export abstract class Optimizer<O extends { lr: number }> extends ParameterGroups<O> {
  /** Moves every parameter that has a gradient, in place. @throws ValueError if an option was changed to one out of its range. */
  step(): void {
    for (const group of this.paramGroups) this.checkOptionsInUse(group);
    let moved = 0;
    for (const group of this.paramGroups) {
      const trained: Trained[] = [];
      for (const parameter of group.params) {
        const gradient = parameter.ownGrad;
        if (gradient !== null) trained.push({ parameter, gradient, state: this.stateOf(parameter) });
      }
      if (trained.length > 0) this.stepGroup(group, trained);
      moved += trained.length;
    }
    if (moved === 0) this.#tellOfNoGradient();
    else noteStep(this.constructor.name);
    noteStepOf(this);
  }

  /** Says nothing if all parameters are frozen. */
  #tellOfNoGradient(): void {
    if (!this.paramGroups.some(({ params }) => params.some(({ requiresGrad }) => requiresGrad))) return;
    tellOnce(
      `${this.constructor.name}.step: no parameter has a gradient, so nothing moves. Call backward(loss) between zeroGrad() and ` +
        `step(), with a loss of the model whose parameters the optimizer got`,
    );
  }

  /** Moves a group's parameters. */
  protected abstract stepGroup(group: ParamGroup<O>, trained: readonly Trained[]): void;
}

/** The state tensor `key` of a parameter, filled with `first` before its first use; it outlives every scope. */
export function stateTensor(
  { parameter, state }: Trained,
  key: string,
  first = 0,
  shape: Shape = parameter.shape,
): Tensor {
  const found = state[key];
  if (found instanceof Tensor) return found;
  const made = keep(full(shape, first, { device: parameter.device }));
  state[key] = made;
  return made;
}

/** Counts a step of a parameter and returns how many it has taken. */
export function countStep({ state }: Trained): number {
  const steps = Number(state["step"] ?? 0) + 1;
  state["step"] = steps;
  return steps;
}

/** Groups by how many steps the parameters have taken: what is computed from the count is then the same for each group. */
export function byStep<T extends { readonly step: number }>(
  slots: readonly T[],
): readonly (readonly [step: number, slots: readonly T[]])[] {
  const groups = new Map<number, T[]>();
  for (const slot of slots) {
    const group = groups.get(slot.step);
    if (group === undefined) groups.set(slot.step, [slot]);
    else group.push(slot);
  }
  return [...groups];
}
