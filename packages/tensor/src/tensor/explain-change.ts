import { untilSettled } from "./recording.ts";

/** Sees when code of tapegrad changes tensors that somebody keeps, and how that is called. */
export interface ChangeObserver {
  before(): void;
  /** With null for what has been put back, as if it had never been. */
  after(how: string | null): void;
}

const observers = /* @__PURE__ */ new Set<ChangeObserver>();

/** Tells an observer of changes until the function that is returned is called. */
export function observeChanges(observer: ChangeObserver): () => void {
  observers.add(observer);
  return () => void observers.delete(observer);
}

/** Runs `fn`, which may be asynchronous, and tells observers that what it changes was changed by `how`. For all that changes a model's buffers. */
export function explainChange<R>(how: string, fn: () => R): R {
  if (observers.size === 0) return fn();
  for (const observer of observers) observer.before();
  return untilSettled(fn, () => {
    for (const observer of observers) observer.after(how);
  });
}

let hidden = 0;

/** Whether what runs is a trial, and recorders look away. */
export function isHidden(): boolean {
  return hidden > 0;
}

/**
 * Lets recorders look away until the function that is returned is called: with what changed the model, or with nothing if everything is
 * put back. For tools that run a model.
 */
export function hideFromRecorders(): (how?: string) => void {
  for (const observer of observers) observer.before();
  hidden++;
  let done = false;
  return (how) => {
    if (done) return;
    done = true;
    hidden--;
    for (const observer of observers) observer.after(how ?? null);
  };
}
