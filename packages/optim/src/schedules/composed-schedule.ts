import { type SavedMap, ValueError } from "@tapegrad/tensor";
import { SavedFields, showValue } from "@tapegrad/tensor/internal";
import { LRScheduler, Schedule, type SchedulerStateDict } from "./lr-scheduler.ts";

/** The memory of several schedules; plain JSON. */
export type SchedulersStateDict = {
  readonly schedulers: readonly (SchedulerStateDict | SchedulersStateDict)[];
  /** Of a `SequentialLR`. */
  readonly lastEpoch?: number;
};

/** What schedules that are made of others have in common. */
export abstract class ComposedSchedule extends Schedule<SchedulersStateDict> {
  readonly schedulers: readonly (LRScheduler | ComposedSchedule)[];

  /** @throws ValueError unless there is a list of schedules, at least one, of one optimizer. */
  constructor(schedulers: readonly (LRScheduler | ComposedSchedule)[]) {
    const { name } = new.target;
    if (!Array.isArray(schedulers) || !schedulers.every(isSchedule))
      throw new ValueError(`${name}: expected a list of schedules, got ${showValue(schedulers)}`);
    const [first] = schedulers;
    if (first === undefined) throw new ValueError(`${name}: expected at least one schedule, got none`);
    const stray = schedulers.findIndex(({ optimizer }) => optimizer !== first.optimizer);
    if (stray !== -1) throw new ValueError(`${name}: schedule ${stray} is of another optimizer than schedule 0`);
    super(first.optimizer);
    this.schedulers = [...schedulers];
  }

  /** Goes on to the next epoch. */
  abstract step(): void;

  override stateDict(): SchedulersStateDict {
    return { schedulers: this.schedulers.map((scheduler) => scheduler.stateDict()) };
  }

  /** Checks a saved state of as many schedules; what it returns takes all of it over. */
  override readState(state: SchedulersStateDict | SavedMap): () => void {
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
