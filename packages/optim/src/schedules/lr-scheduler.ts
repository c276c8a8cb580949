import { type SavedMap, ValueError } from "@tapegrad/tensor";
import { checkFinite, Incomparable, type OptionCheck, SavedFields, showValue } from "@tapegrad/tensor/internal";
import type { GroupSchedule } from "./group-schedule.ts";
import { noteScheduleStep } from "./observe-schedules.ts";

/** What a schedule steers: an optimizer, seen from here. */
export interface Scheduled {
  readonly paramGroups: readonly ScheduledGroup[];
}

/** A group of parameters; some schedules also move its momentum, or the first of its betas. */
export interface ScheduledGroup extends GroupSchedule {
  lr: number;
  momentum?: number;
  betas?: readonly [number, number];
}

/** A schedule's memory; plain JSON. Options, which the constructor takes, are not part of it. */
export type SchedulerStateDict = {
  readonly lastEpoch: number;
  /** How many steps were taken, including the constructor's. */
  readonly stepCount: number;
  readonly baseLrs: readonly number[];
  /** The optimizer's learning rates at that time. */
  readonly lastLr: readonly number[];
};

/** What all that moves learning rates has in common: whose they are, and a memory. */
export abstract class Schedule<S> extends Incomparable {
  /** What the schedule steers. */
  readonly optimizer: Scheduled;

  /** @throws ValueError unless there is an optimizer. */
  constructor(optimizer: Scheduled) {
    super();
    if (!Array.isArray(optimizer?.paramGroups))
      throw new ValueError(`${this.constructor.name}: expected an optimizer, got ${showValue(optimizer)}`);
    this.optimizer = optimizer;
  }

  /** The rates of the groups now. */
  get lastLrs(): readonly number[] {
    return this.optimizer.paramGroups.map(({ lr }) => lr);
  }

  /** Where the schedule is, for `loadStateDict`. */
  abstract stateDict(): S;

  /**
   * Goes on where the saved schedule was; the groups get its rates. What a file holds is taken as it is, also PyTorch's
   * `state_dict()`, whose options are ignored.
   *
   * @throws ValueError if something is missing, or the saved schedule had another number of groups.
   */
  loadStateDict(state: S | SavedMap): void {
    this.readState(state)();
  }

  /** Checks a saved state; what it returns takes it over. */
  abstract readState(state: S | SavedMap): () => void;
}

/**
 * What learning-rate schedules have in common. Call `step()` after each epoch, after the optimizer's steps.
 *
 * As in torch, constructing a schedule takes step 0: a subclass calls `begin()` at the end of its constructor. Schedules of one
 * optimizer act on each other through its groups' rates: most of them say by what the rate changes, not what it is.
 */
export abstract class LRScheduler extends Schedule<SchedulerStateDict> {
  /** The groups' `initialLr` when the schedule was made. */
  protected baseLrs: readonly number[] = [];
  /** How many times `step` was called since the beginning, without the constructor's. */
  protected lastEpoch = -1;
  protected stepCount = 0;

  /** Goes on to the next epoch. */
  step(): void {
    noteScheduleStep(this);
    this.stepCount++;
    this.lastEpoch++;
    this.setLrs(this.nextLrs());
  }

  /** Takes step 0 from the rates as they are: at the end of a constructor. */
  protected begin(): void {
    for (const group of this.optimizer.paramGroups) group.initialLr ??= group.lr;
    this.baseLrs = this.optimizer.paramGroups.map(({ initialLr }) => initialLr!);
    this.takeFirstStep();
  }

  /** Takes step 0 as the first of several schedules that follow each other. For `SequentialLR`. */
  takeFirstStep(): void {
    this.stepCount = 0;
    this.step();
  }

  /** Forgets a step, but not what it did to the rates. For `SequentialLR`. */
  undoStep(): void {
    this.lastEpoch--;
  }

  /** Begins anew, at epoch 0: at a milestone of `SequentialLR`. */
  restart(): void {
    this.stepCount++;
    this.lastEpoch = 0;
    this.setLrs(this.firstLrs());
  }

  override stateDict(): SchedulerStateDict {
    const { lastEpoch, stepCount, baseLrs } = this;
    return { lastEpoch, stepCount, baseLrs, lastLr: this.lastLrs };
  }

  override readState(state: SchedulerStateDict | SavedMap): () => void {
    const saved = new SavedFields(`${this.constructor.name}.loadStateDict`, state);
    const lastEpoch = saved.integer("lastEpoch", -1);
    const stepCount = saved.integer("stepCount", 0);
    const [baseLrs, lastLr] = [saved.numbers("baseLrs"), saved.numbers("lastLr")];
    const groups = this.optimizer.paramGroups.length;
    if (baseLrs.length !== this.baseLrs.length || lastLr.length !== groups)
      throw saved.error(`expected rates of ${groups} groups, got ${baseLrs.length} and ${lastLr.length}`);
    return () => {
      this.lastEpoch = lastEpoch;
      this.stepCount = stepCount;
      this.baseLrs = baseLrs;
      this.setLrs(lastLr);
    };
  }

  /** Sets the groups' rates. A group that was added later, of which a schedule knows nothing, keeps its rate. */
  protected setLrs(lrs: readonly number[]): void {
    this.optimizer.paramGroups.forEach((group, i) => (group.lr = lrs[i] ?? group.lr));
  }

  /** The rates for `lastEpoch`, given those of the epoch before in `lastLrs`. */
  protected abstract nextLrs(): readonly number[];

  /** The rates for epoch 0 of a schedule that follows another: relative to `baseLrs` wherever torch has a closed form. */
  protected firstLrs(): readonly number[] {
    return this.nextLrs();
  }
}

/** One value for each group, from one for all or a list. @throws ValueError if the list has another length, or of what `check` refuses. */
export function perGroup<V>(
  schedule: string,
  name: string,
  value: V | readonly V[],
  { paramGroups }: Scheduled,
  check: OptionCheck = checkFinite,
): readonly V[] {
  const values: readonly V[] = Array.isArray(value) ? value : paramGroups.map(() => value as V);
  if (values.length !== paramGroups.length) {
    throw new ValueError(
      `${schedule}: expected ${paramGroups.length} values of ${name}, one for each group, got ${values.length}`,
    );
  }
  const what = Array.isArray(value) ? name : `${name}, or each of a list with one for each group,`;
  for (const each of values) check(schedule, what, each);
  return values;
}

/** @throws ValueError unless `value` is an integer of at least `least`. */
export function checkCount(schedule: string, name: string, value: unknown, least = 1): void {
  if (!Number.isInteger(value) || Number(value) < least)
    throw new ValueError(`${schedule}: ${name} must be an integer of at least ${least}, got ${showValue(value)}`);
}

/** Checks an option that counts from `least` on. */
export function countFrom(least: number): OptionCheck {
  return (schedule, name, value) => checkCount(schedule, name, value, least);
}
