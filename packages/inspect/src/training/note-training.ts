import type { Layer } from "@tapegrad/nn";
import { copyOf, noteGenerators } from "@tapegrad/nn/internal";
import type { OptimizerStateDict } from "@tapegrad/optim";
import { noGrad, Tensor, ValueError } from "@tapegrad/tensor";
import { explainChange, showValue } from "@tapegrad/tensor/internal";
import type { SteppingOptimizer } from "./learn.ts";

/** An optimizer whose memory can be noted; all of `@tapegrad/optim` are. */
export interface SavableOptimizer extends SteppingOptimizer {
  readonly paramGroups: readonly { lr: number }[];
  /** The optimizer's memory. */
  stateDict(): OptimizerStateDict;
  /** Takes a memory over. */
  loadStateDict(state: OptimizerStateDict): void;
}

/** Where a training stood. */
export interface TrainingNote {
  /** Puts everything back; as often as it is called. */
  restore(): void;
  /** Gives the memory of the note back. */
  dispose(): void;
}

/** Whether the optimizer says what it remembers. */
export function isSavable(optimizer: SteppingOptimizer | null): optimizer is SavableOptimizer {
  const { stateDict, loadStateDict } = Object(optimizer) as Partial<SavableOptimizer>;
  return typeof stateDict === "function" && typeof loadStateDict === "function";
}

/** @throws ValueError naming the caller unless it is an optimizer that says what it remembers. */
export function checkSavable(caller: string, optimizer: SteppingOptimizer): asserts optimizer is SavableOptimizer {
  if (isSavable(optimizer) && typeof optimizer.step === "function" && typeof optimizer.zeroGrad === "function") return;
  throw new ValueError(
    `${caller}: optimizer must have zeroGrad, step, stateDict and loadStateDict, got ${showValue(optimizer)}`,
  );
}

/** Notes what a step of training changes: weights, buffers, the optimizer's memory, and generators. Gradients are not among it. */
export function noteTraining(model: Layer, optimizer: SavableOptimizer): TrainingNote {
  const tensors = [...model.parameters(), ...model.buffers()].map((tensor) => [tensor, copyOf(tensor)] as const);
  const memory = copyOfAll(optimizer.stateDict()) as OptimizerStateDict;
  const restoreGenerators = noteGenerators(model);
  return {
    restore() {
      explainChange("going back in training", () =>
        noGrad(() => {
          for (const [tensor, values] of tensors) tensor.assign(values);
        }),
      );
      optimizer.loadStateDict(memory);
      restoreGenerators();
    },
    dispose() {
      for (const [, values] of tensors) values.dispose();
      disposeAll(memory);
    },
  };
}

/** The same tree of arrays and objects, with copies of its tensors. */
export function copyOfAll(value: unknown): unknown {
  if (value instanceof Tensor) return copyOf(value);
  if (Array.isArray(value)) return value.map(copyOfAll);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, copyOfAll(each)]));
}

/** Gives the tensors of a tree of arrays and objects back. */
export function disposeAll(value: unknown): void {
  if (value instanceof Tensor) value.dispose();
  else if (typeof value === "object" && value !== null) Object.values(value).forEach(disposeAll);
}
