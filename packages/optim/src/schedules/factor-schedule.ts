import { LRScheduler, type Scheduled } from "./lr-scheduler.ts";

/** What schedules share that multiply all rates by a factor of the epoch. */
export abstract class FactorSchedule extends LRScheduler {
  readonly #factor: (epoch: number) => number;
  readonly #first: () => number;

  /**
   * @param factor by what the rates of the epoch before are multiplied; in epoch 0, the initial ones.
   * @param first by what the initial rates are multiplied at a milestone of `SequentialLR`.
   */
  constructor(optimizer: Scheduled, factor: (epoch: number) => number, first: () => number = () => factor(0)) {
    super(optimizer);
    this.#factor = factor;
    this.#first = first;
    this.begin();
  }

  protected override nextLrs(): readonly number[] {
    const factor = this.#factor(this.lastEpoch);
    return this.lastLrs.map((lr) => lr * factor);
  }

  protected override firstLrs(): readonly number[] {
    const factor = this.#first();
    return this.baseLrs.map((lr) => lr * factor);
  }
}
