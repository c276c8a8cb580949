import { ValueError } from "@tapegrad/tensor";
import { showValue } from "@tapegrad/tensor/internal";
import type { EpochReport, StartReport, StepReport, TrainResult } from "../loop/reports.ts";

/**
 * What is told how training goes on; each method may be absent, and is awaited.
 *
 * If one throws, training ends with that error, after `onEnd` of all.
 */
export interface Callback {
  /** Before the first step. */
  onStart?(report: StartReport): void | Promise<void>;
  /** After each step of the optimizer. */
  onStep?(report: StepReport): void | Promise<void>;
  /** After each epoch and its validation. `"stop"` ends training. */
  onEpoch?(report: EpochReport): "stop" | void | Promise<"stop" | void>;
  /** At the end, however it came; `error` is what was thrown, if that was the end. */
  onEnd?(result: TrainResult | null, error?: unknown): void | Promise<void>;
  /** What it needs to go on in a run that was interrupted: plain data and tensors. */
  stateDict?(): unknown;
  /** Takes what `stateDict` gave, perhaps through a file, where tensors are `StoredTensor`s; after `onStart`. */
  loadStateDict?(state: never): void | Promise<void>;
}

const known = ["onStart", "onStep", "onEpoch", "onEnd"];

/** @throws ValueError naming the caller if one of them is no callback, or has a method `on…` that nobody calls. */
export function checkCallbacks(caller: string, option: string, callbacks: unknown): void {
  if (!Array.isArray(callbacks))
    throw new ValueError(`${caller}: ${option} must be an array, got ${showValue(callbacks)}`);
  callbacks.forEach((callback: unknown, i) => {
    const what = `${caller}: ${option}[${i}]`;
    if (typeof callback !== "object" || callback === null)
      throw new ValueError(`${what} must be an object with ${known.join(", ")}, got ${showValue(callback)}`);
    const names = methodsOf(callback).filter((name) => /^on[A-Z_]/i.test(name));
    const unknown = names.find((name) => !known.includes(name));
    if (unknown !== undefined)
      throw new ValueError(`${what} has ${unknown}, which nobody calls; there are ${known.join(", ")}`);
    for (const name of names) checkMethod(what, name, (callback as Record<string, unknown>)[name]);
    if (names.length === 0) throw new ValueError(`${what} has none of ${known.join(", ")}`);
  });
}

/** The names of an object's own properties and its classes' methods. */
function methodsOf(object: object): string[] {
  const names: string[] = [];
  for (let each = object; each !== Object.prototype && each !== null; each = Object.getPrototypeOf(each) as object)
    names.push(...Object.getOwnPropertyNames(each));
  return names;
}

function checkMethod(callback: string, name: string, method: unknown): void {
  if (method !== undefined && typeof method !== "function")
    throw new ValueError(`${callback}: ${name} must be a function, got ${showValue(method)}`);
}
