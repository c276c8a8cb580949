import { ValueError, showValue } from "@tapegrad/tensor";
import { LRScheduler } from "./lr-scheduler.ts";
import type { SchedulerStateDict } from "./lr-scheduler.ts";

/** The memory of several schedules; plain JSON. */
export interface SchedulersStateDict {
  readonly schedulers: readonly SchedulerStateDict[];
}

/** Steps several schedules of one optimizer at once: their changes multiply. */
export class ChainedScheduler {
  readonly #schedulers: readonly LRScheduler[];

  /** @throws ValueError if there are no schedules. */
  constructor(schedulers: readonly LRScheduler[]) {
    checkSchedulers("ChainedScheduler", schedulers);
    if (schedulers.length === 0) throw new ValueError("ChainedScheduler: expected at least one schedule, got none");
    this.#schedulers = [...schedulers];
  }

  /** The rates of the groups now. */
  get lastLrs(): readonly number[] {
    return this.#schedulers.at(-1)!.lastLrs;
  }

  /** Goes on to the next epoch. */
  step(): void {
    for (const scheduler of this.#schedulers) scheduler.step();
  }

  stateDict(): SchedulersStateDict {
    return { schedulers: this.#schedulers.map((scheduler) => scheduler.stateDict()) };
  }

  /** @throws ValueError if the saved one had another number of schedules. */
  loadStateDict({ schedulers }: SchedulersStateDict): void {
    loadAll("ChainedScheduler", this.#schedulers, schedulers);
  }
}

/** Loads the state of each of several schedules. @throws ValueError if there are more or fewer states. */
export function loadAll(name: string, schedulers: readonly LRScheduler[], states: readonly SchedulerStateDict[]): void {
  if (states.length !== schedulers.length) {
    throw new ValueError(
      `${name}.loadStateDict: expected the state of ${schedulers.length} schedules, got ${states.length}`,
    );
  }
  schedulers.forEach((scheduler, i) => scheduler.loadStateDict(states[i]!));
}

/** @throws ValueError unless there is a list of schedules. */
export function checkSchedulers(name: string, schedulers: readonly LRScheduler[]): void {
  if (!Array.isArray(schedulers) || !schedulers.every((each) => each instanceof LRScheduler))
    throw new ValueError(`${name}: expected a list of schedules, got ${showValue(schedulers)}`);
}
