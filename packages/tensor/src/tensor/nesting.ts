import { OverlapError } from "../errors.ts";

/** A function that is running, or whose promise is not settled. */
interface Frame<S> {
  readonly subject: S;
  /** In which run of synchronous code it was called. */
  readonly run: number;
  /** Whether it returned a promise that is not settled. */
  pending: boolean;
}

/**
 * Functions that change something for as long as they run and then put it back: of two asynchronous ones that change the
 * same thing, one must end within the other, or each would put back what the other changed.
 *
 * Overlap shows in two ways. Code that called an asynchronous function goes on without awaiting it and calls another: that
 * is refused at once. Or one ends while another is running that began later: it ends with an error. What a timer calls in
 * between, and ends in time, cannot be told from what the function itself calls.
 */
export class Nesting<S> {
  readonly #what: string;
  readonly #conflicts: (subject: S, other: S) => boolean;
  readonly #frames: Frame<S>[] = [];

  /**
   * @param what names the function in messages.
   * @param conflicts whether functions with these subjects change the same thing. By default all do.
   */
  constructor(what: string, conflicts: (subject: S, other: S) => boolean = () => true) {
    this.#what = what;
    this.#conflicts = conflicts;
  }

  /** Whether the code that is running called an asynchronous function that conflicts, and has not awaited it. */
  wouldOverlap(subject: S): boolean {
    const run = synchronousRun();
    return this.#frames.some((frame) => frame.pending && frame.run === run && this.#conflicts(subject, frame.subject));
  }

  /** @throws OverlapError if `wouldOverlap`. */
  refuseOverlap(subject: S): void {
    if (this.wouldOverlap(subject)) throw this.#notAwaited();
  }

  /**
   * Calls `fn`, and `end` once it has returned, thrown, or settled its promise: with the result, or undefined for an
   * error, and with whether another that began later is still running.
   *
   * @throws OverlapError after `end`, if `fn` is asynchronous and would overlap, or ends while another is running.
   */
  run<R>(subject: S, fn: () => R, end: (result: unknown, overlapped: boolean) => void): R {
    const overlaps = this.wouldOverlap(subject);
    const frame: Frame<S> = { subject, run: synchronousRun(), pending: false };
    this.#frames.push(frame);
    let result: R;
    try {
      result = fn();
    } catch (error) {
      this.#leave(frame, undefined, end);
      throw error;
    }
    if (!(result instanceof Promise)) {
      if (this.#leave(frame, result, end)) throw this.#endedEarly();
      return result;
    }
    if (overlaps) {
      this.#leave(frame, undefined, end);
      result.catch(() => undefined); // What becomes of it no longer matters.
      throw this.#notAwaited();
    }
    frame.pending = true;
    return result.then(
      (value: unknown) => {
        if (this.#leave(frame, value, end)) throw this.#endedEarly();
        return value;
      },
      (error: unknown) => {
        this.#leave(frame, undefined, end);
        throw error;
      },
    ) as R;
  }

  /** Whether another that began later is still running. */
  #leave(frame: Frame<S>, result: unknown, end: (result: unknown, overlapped: boolean) => void): boolean {
    const at = this.#frames.indexOf(frame);
    const overlapped = this.#frames.some((other, i) => i > at && this.#conflicts(frame.subject, other.subject));
    this.#frames.splice(at, 1);
    end(result, overlapped);
    return overlapped;
  }

  #notAwaited(): OverlapError {
    return new OverlapError(
      `${this.#what}: an asynchronous call before this one is still running; await it before the next begins, or make ` +
        `the next inside it`,
    );
  }

  #endedEarly(): OverlapError {
    return new OverlapError(
      `${this.#what}: this call ended while an asynchronous one was running that began later; await the later one before ` +
        `the first ends, or run one after the other`,
    );
  }
}

let runs = 0;
let counting = false;

/**
 * A number for the synchronous code that is running. The microtask that moves it on is queued before a function is called,
 * so that it comes before whatever the function waits for: no continuation of the function sees the number of its call.
 */
function synchronousRun(): number {
  if (!counting) {
    counting = true;
    void endRun();
  }
  return runs;
}

/** Awaits rather than calls `queueMicrotask`, which fake timers replace. */
async function endRun(): Promise<void> {
  await Promise.resolve();
  runs++;
  counting = false;
}
