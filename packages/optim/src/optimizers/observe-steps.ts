import type { Tensor } from "@tapegrad/tensor";
import { Observers } from "../observers.ts";

/** An optimizer, as far as observers of its steps see it. */
export interface SteppingOptimizer {
  readonly paramGroups: readonly { readonly lr?: number; readonly params: readonly Tensor[] }[];
}

const observers = /* @__PURE__ */ new Observers<SteppingOptimizer>();

/** Calls `observer` after every step of every optimizer, until the function that is returned is called. */
export function observeSteps(observer: (optimizer: SteppingOptimizer) => void): () => void {
  return observers.add(observer);
}

/** Tells the observers of a step. For optimizers. */
export function noteStepOf(optimizer: SteppingOptimizer): void {
  observers.tell(optimizer);
}
