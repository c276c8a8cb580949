import { ValueError } from "@tapegrad/tensor";

/** What a schedule steers: an optimizer, seen from here. */
export interface Scheduled {
  readonly paramGroups: readonly { lr: number }[];
}

/** A schedule's memory; plain JSON. */
export interface SchedulerStateDict {
  readonly epoch: number;
  readonly baseLrs: readonly number[];
  /** The optimizer's learning rates at that time. */
  readonly lrs: readonly number[];
}

/**
 * What learning-rate schedules have in common. Call `step()` after each epoch, after the optimizer's steps.
 *
 * As in torch, constructing a schedule takes step 0.
 */
export abstract class LRScheduler {
  /** Learning rates of the groups when the schedule began. */
  protected baseLrs: readonly number[];
  /** How many times `step` was called. */
  protected epoch = -1;
  protected readonly optimizer: Scheduled;

  constructor(optimizer: Scheduled) {
    this.optimizer = optimizer;
    this.baseLrs = optimizer.paramGroups.map(({ lr }) => lr);
  }

  /** The rates of the groups now. */
  get lastLrs(): readonly number[] {
    return this.optimizer.paramGroups.map(({ lr }) => lr);
  }

  /** Goes on to the next epoch. */
  step(): void {
    this.epoch++;
    const next = this.nextLrs();
    this.optimizer.paramGroups.forEach((group, i) => (group.lr = next[i]!));
  }

  stateDict(): SchedulerStateDict {
    return { epoch: this.epoch, baseLrs: this.baseLrs, lrs: this.lastLrs };
  }

  /** @throws ValueError if the saved schedule had another number of groups. */
  loadStateDict({ epoch, baseLrs, lrs }: SchedulerStateDict): void {
    const groups = this.optimizer.paramGroups.length;
    if (baseLrs.length !== groups || lrs.length !== groups) {
      throw new ValueError(`${this.constructor.name}.loadStateDict: expected rates of ${groups} groups, got ${baseLrs.length} and ${lrs.length}`);
    }
    this.epoch = epoch;
    this.baseLrs = [...baseLrs];
    this.optimizer.paramGroups.forEach((group, i) => (group.lr = lrs[i]!));
  }

  /** The rates for `epoch`. */
  protected abstract nextLrs(): readonly number[];
}
