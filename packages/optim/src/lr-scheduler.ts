import { ValueError, showValue } from "@tapegrad/tensor";

/** What a schedule steers: an optimizer, seen from here. */
export interface Scheduled {
  readonly paramGroups: readonly ScheduledGroup[];
}

/** A group of parameters; some schedules also move its momentum, or the first of its betas. */
export interface ScheduledGroup {
  lr: number;
  momentum?: number;
  betas?: readonly [number, number];
}

/** A schedule's memory; plain JSON. */
export interface SchedulerStateDict {
  readonly epoch: number;
  readonly baseLrs: readonly number[];
  /** The optimizer's learning rates at that time. */
  readonly lrs: readonly number[];
}

/** The rate that each group had before its first schedule: what all its schedules are relative to. */
const initialLrs = new WeakMap<ScheduledGroup, number>();

/**
 * What learning-rate schedules have in common. Call `step()` after each epoch, after the optimizer's steps.
 *
 * As in torch, constructing a schedule takes step 0: a subclass calls `step()` at the end of its constructor.
 */
export abstract class LRScheduler {
  /** Learning rates of the groups before any schedule changed them. */
  protected baseLrs: readonly number[];
  /** How many times `step` was called, the constructor's not counted. */
  protected epoch = -1;
  protected readonly optimizer: Scheduled;

  constructor(optimizer: Scheduled) {
    checkScheduled(this.constructor.name, optimizer);
    this.optimizer = optimizer;
    this.baseLrs = optimizer.paramGroups.map(initialLr);
  }

  /** The rates of the groups now. */
  get lastLrs(): readonly number[] {
    return this.optimizer.paramGroups.map(({ lr }) => lr);
  }

  /** Goes on to the next epoch. */
  step(): void {
    this.epoch++;
    this.setLrs(this.nextLrs());
  }

  /** Begins anew, at epoch 0 and from the first rates: what `SequentialLR` does at a milestone. */
  restart(): void {
    this.epoch = -1;
    this.setLrs(this.baseLrs);
    this.step();
  }

  stateDict(): SchedulerStateDict {
    return { epoch: this.epoch, baseLrs: this.baseLrs, lrs: this.lastLrs };
  }

  /** @throws ValueError if the saved schedule had another number of groups. */
  loadStateDict({ epoch, baseLrs, lrs }: SchedulerStateDict): void {
    const groups = this.optimizer.paramGroups.length;
    if (baseLrs.length !== groups || lrs.length !== groups) {
      throw new ValueError(
        `${this.constructor.name}.loadStateDict: expected rates of ${groups} groups, got ${baseLrs.length} and ${lrs.length}`,
      );
    }
    this.epoch = epoch;
    this.baseLrs = [...baseLrs];
    this.setLrs(lrs);
  }

  protected setLrs(lrs: readonly number[]): void {
    this.optimizer.paramGroups.forEach((group, i) => (group.lr = lrs[i]!));
  }

  /** The rates for `epoch`, given those of the epoch before in `lastLrs`. */
  protected abstract nextLrs(): readonly number[];
}

function initialLr(group: ScheduledGroup): number {
  const known = initialLrs.get(group);
  if (known !== undefined) return known;
  initialLrs.set(group, group.lr);
  return group.lr;
}

/** @throws ValueError unless there is an optimizer. */
export function checkScheduled(schedule: string, optimizer: Scheduled): void {
  if (!Array.isArray(optimizer?.paramGroups))
    throw new ValueError(`${schedule}: expected an optimizer, got ${showValue(optimizer)}`);
}

/** One value for each group, from one for all or a list. @throws ValueError if the list has another length. */
export function perGroup(
  schedule: string,
  name: string,
  value: number | readonly number[],
  { paramGroups }: Scheduled,
): readonly number[] {
  const values: unknown = typeof value === "number" ? paramGroups.map(() => value) : value;
  if (!Array.isArray(values))
    throw new ValueError(
      `${schedule}: ${name} must be a number, or a list of one for each group, got ${showValue(value)}`,
    );
  if (values.length !== paramGroups.length) {
    throw new ValueError(
      `${schedule}: expected ${paramGroups.length} values of ${name}, one for each group, got ${values.length}`,
    );
  }
  for (const each of values)
    if (!Number.isFinite(each)) throw new ValueError(`${schedule}: ${name} must be finite, got ${showValue(each)}`);
  return values;
}

/** @throws ValueError unless `value` is a finite number. */
export function checkFinite(schedule: string, name: string, value: number): void {
  if (!Number.isFinite(value))
    throw new ValueError(`${schedule}: ${name} must be a finite number, got ${showValue(value)}`);
}

/** @throws ValueError unless `value` is an integer of at least `least`. */
export function checkCount(schedule: string, name: string, value: number, least = 1): void {
  if (!Number.isInteger(value) || value < least)
    throw new ValueError(`${schedule}: ${name} must be an integer of at least ${least}, got ${showValue(value)}`);
}
