import type { Module } from "@tapegrad/nn";
import type { SteppingOptimizer } from "@tapegrad/optim/internal";
import type { Tensor } from "@tapegrad/tensor";

/**
 * Counts the steps of optimizers that hold parameters of a model. Those that step one after the other, without a call of the model between
 * them, make one step together.
 */
export class StepCount {
  readonly #model: Module;
  /** Optimizers that took a step since the model was last called. */
  readonly #stepped = new Set<SteppingOptimizer>();
  #steps = 0;

  constructor(model: Module) {
    this.#model = model;
  }

  get steps(): number {
    return this.#steps;
  }

  /** Whether an optimizer moves parameters of the model. */
  concerns({ paramGroups }: SteppingOptimizer): boolean {
    const own = new Set<Tensor>(this.#model.parameters());
    return paramGroups.some(({ params }) => params.some((parameter) => own.has(parameter)));
  }

  /** Notes a step of an optimizer, and says whether it begins a new one. */
  add(optimizer: SteppingOptimizer): boolean {
    const another = this.#stepped.size > 0 && !this.#stepped.has(optimizer);
    if (!another) this.#stepped.clear();
    this.#stepped.add(optimizer);
    if (!another) this.#steps++;
    return !another;
  }

  /** Notes that the model is called. */
  modelCalled(): void {
    this.#stepped.clear();
  }
}
