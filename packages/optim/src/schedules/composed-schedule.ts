import { type SavedMap, ValueError } from "@tapegrad/tensor";
import { Incomparable, SavedFields, showValue } from "@tapegrad/tensor/internal";
import { LRScheduler, type Scheduled, type SchedulerStateDict } from "./lr-scheduler.ts";

/** The memory of several schedules; plain JSON. */
export type SchedulersStateDict = {
  readonly schedulers: readonly (SchedulerStateDict | SchedulersStateDict)[];
  /** Of a `SequentialLR`. */
  readonly lastEpoch?: number;
};

/** What schedules that are made of others have in common. */
export abstract class ComposedSchedule extends Incomparable {
  readonly schedulers: readonly (LRScheduler | ComposedSchedule)[];
  /** What all of them steer. */
  readonly optimizer: Scheduled;

  /** @throws ValueError unless there is a list of schedules, at least one, of one optimizer. */
  constructor(schedulers: readonly (LRScheduler | ComposedSchedule)[]) {
    super();
    const { name } = this.constructor;
    if (!Array.isArray(schedulers) || !schedulers.every(isSchedule))
      throw new ValueError(`${name}: expected a list of schedules, got ${showValue(schedulers)}`);
    const [first] = schedulers;
    if (first === undefined) throw new ValueError(`${name}: expected at least one schedule, got none`);
    const stray = schedulers.findIndex(({ optimizer }) => optimizer !== first.optimizer);
    if (stray !== -1) throw new ValueError(`${name}: schedule ${stray} is of another optimizer than schedule 0`);
    this.schedulers = [...schedulers];
    this.optimizer = first.optimizer;
  }

  /** The rates of the groups now. */
  get lastLrs(): readonly number[] {
    return this.optimizer.paramGroups.map(({ lr }) => lr);
  }

  /** Goes on to the next epoch. */
  abstract step(): void;

  /** Where each schedule is, for `loadStateDict`. */
  stateDict(): SchedulersStateDict {
    return { schedulers: this.schedulers.map((scheduler) => scheduler.stateDict()) };
  }

  /**
   * Goes on where the saved schedules were, as `LRScheduler.loadStateDict`: all of them, or none if one does not fit.
   *
   * @throws ValueError if something is missing, or there were more or fewer schedules.
   */
  loadStateDict(state: SchedulersStateDict | SavedMap): void {
    this.readState(state)();
  }

  /** Checks a saved state; what it returns takes it over. */
  readState(state: SchedulersStateDict | SavedMap): () => void {
    const saved = new SavedFields(`${this.constructor.name}.loadStateDict`, state);
    const states = saved.list("schedulers");
    if (states.length !== this.schedulers.length)
      throw saved.error(`expected the state of ${this.schedulers.length} schedules, got ${states.length}`);
    const loads = this.schedulers.map((scheduler, i) => scheduler.readState(states[i] as never));
    return () => loads.forEach((load) => load());
  }
}

function isSchedule(value: unknown): boolean {
  return value instanceof LRScheduler || value instanceof ComposedSchedule;
}
