import { checkFunction } from "../checks/check-argument.ts";

/** Whether ops on tracked tensors are recorded. */
let recording = true;

/** Whether ops on tracked tensors are being recorded: false inside `noGrad`. */
export function isRecording(): boolean {
  return recording;
}

/** Switches recording and returns what it was before: for ops, whose own steps are not recorded. */
export function setRecording(value: boolean): boolean {
  const before = recording;
  recording = value;
  return before;
}

/**
 * Runs `fn` without recording: results need no gradient. BatchNorm's running statistics are updated all the same;
 * modes and gradients are unrelated.
 *
 * If `fn` is asynchronous, nothing is recorded anywhere until its promise is settled.
 */
export function noGrad<R>(fn: () => R): R {
  checkFunction("noGrad", "fn", fn);
  return withRecording(false, fn);
}

/** Runs `fn` with recording on, also inside `noGrad`. */
export function enableGrad<R>(fn: () => R): R {
  checkFunction("enableGrad", "fn", fn);
  return withRecording(true, fn);
}

/** What `noGrad` and `enableGrad` ask for while they run, the latest last. Asynchronous ones may end in any order. */
const wishes: { readonly recording: boolean }[] = [];

function withRecording<R>(value: boolean, fn: () => R): R {
  const wish = { recording: value };
  wishes.push(wish);
  recording = value;
  return untilSettled(fn, () => {
    wishes.splice(wishes.indexOf(wish), 1);
    recording = wishes.at(-1)?.recording ?? true;
  });
}

/** Calls `fn`, and `end` once it has returned, thrown, or settled its promise. */
export function untilSettled<R>(fn: () => R, end: () => void): R {
  let result: R;
  try {
    result = fn();
  } catch (error) {
    end();
    throw error;
  }
  if (result instanceof Promise) return result.finally(end) as R;
  end();
  return result;
}
