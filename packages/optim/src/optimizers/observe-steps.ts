import type { Tensor } from "@tapegrad/tensor";

/** An optimizer, as far as observers of its steps see it. */
export interface SteppingOptimizer {
  readonly paramGroups: readonly { readonly params: readonly Tensor[] }[];
}

type StepObserver = (optimizer: SteppingOptimizer) => void;

const observers = /* @__PURE__ */ new Set<{ readonly observer: StepObserver }>();

/** Calls `observer` after every step of every optimizer, until the function that is returned is called. */
export function observeSteps(observer: StepObserver): () => void {
  const entry = { observer };
  observers.add(entry);
  return () => void observers.delete(entry);
}

/** Tells the observers of a step. For optimizers. */
export function noteStepOf(optimizer: SteppingOptimizer): void {
  for (const { observer } of observers) observer(optimizer);
}
