import { loadStoredStateDict } from "@tapegrad/nn/internal";
import { Module } from "@tapegrad/nn/module";
import { Generator, Tensor, ValueError } from "@tapegrad/tensor";
import { isPlainObject, showValue } from "@tapegrad/tensor/internal";

/** What can be saved and go on: a model, an optimizer, a schedule, a loader, a `Generator`, or what of yours has the two methods. */
export type Stateful = Generator | { stateDict(): unknown; loadStateDict(state: never): unknown };

/** Whether a value has a state to be saved. */
export function isStateful<T>(value: T): value is T & Stateful {
  const { stateDict, loadStateDict } = Object(value) as Partial<Record<string, unknown>>;
  return value instanceof Generator || (typeof stateDict === "function" && typeof loadStateDict === "function");
}

/** @throws ValueError naming the caller and what has no state. */
export function checkStateful(caller: string, option: string, parts: unknown): void {
  if (!isPlainObject(parts))
    throw new ValueError(
      `${caller}: ${option} must be an object of what has a state, by name, got ${showValue(parts)}`,
    );
  for (const [name, part] of Object.entries(parts))
    if (!isStateful(part))
      throw new ValueError(
        `${caller}: ${option}.${name} must be a Generator, or have stateDict and loadStateDict, got ${showValue(part)}`,
      );
}

/** The state of a part, with its live tensors. */
export function stateOf(part: Stateful): unknown {
  return part instanceof Generator ? part.getState() : part.stateDict();
}

/** Gives a part a state that `stateOf` gave, whose tensors may be in a file since. */
export async function restore(part: Stateful, state: unknown): Promise<void> {
  if (part instanceof Generator) part.setState(state as never);
  else if (part instanceof Module) await restoreModel(part, state as ReadonlyMap<string, Tensor> | object);
  else if ("loadStoredStateDict" in part)
    await (part as { loadStoredStateDict(state: unknown): unknown }).loadStoredStateDict(state);
  else await part.loadStateDict(state as never);
}

async function restoreModel(model: Module, state: ReadonlyMap<string, Tensor> | object): Promise<void> {
  const tensors = new Map<string, unknown>(state instanceof Map ? state : Object.entries(state));
  const live = [...tensors.values()].every((each) => each instanceof Tensor);
  if (live) model.loadStateDict(tensors as ReadonlyMap<string, Tensor>);
  else await loadStoredStateDict(model, tensors as never);
}
