import { ValueError, showValue } from "@tapegrad/tensor";
import { checkSchedulers, loadAll } from "./chained-scheduler.ts";
import type { SchedulersStateDict } from "./chained-scheduler.ts";
import { checkCount } from "./lr-scheduler.ts";
import type { LRScheduler } from "./lr-scheduler.ts";

/** Runs one schedule after another: each begins anew, from the first rates, at its milestone. */
export class SequentialLR {
  readonly #schedulers: readonly LRScheduler[];
  readonly #milestones: readonly number[];
  #epoch = 0;

  /**
   * @param schedulers schedules of one optimizer.
   * @param milestones the epoch at which each schedule but the first begins.
   * @throws ValueError if there is not one milestone less than schedules, or milestones do not rise.
   */
  constructor(schedulers: readonly LRScheduler[], milestones: readonly number[]) {
    checkSchedulers("SequentialLR", schedulers);
    if (schedulers.length === 0) throw new ValueError("SequentialLR: expected at least one schedule, got none");
    if (!Array.isArray(milestones))
      throw new ValueError(`SequentialLR: milestones must be a list of epochs, got ${showValue(milestones)}`);
    if (milestones.length !== schedulers.length - 1) {
      throw new ValueError(
        `SequentialLR: ${schedulers.length} schedules need ${schedulers.length - 1} milestones, got ${milestones.length}`,
      );
    }
    milestones.forEach((milestone, i) =>
      checkCount("SequentialLR", "a milestone", milestone, (milestones[i - 1] ?? 0) + 1),
    );
    this.#schedulers = [...schedulers];
    this.#milestones = [...milestones];
    this.#schedulers[0]!.restart();
  }

  /** The rates of the groups now. */
  get lastLrs(): readonly number[] {
    return this.#schedulers[0]!.lastLrs;
  }

  /** Goes on to the next epoch. */
  step(): void {
    this.#epoch++;
    const current = this.#schedulers[this.#milestones.filter((milestone) => milestone <= this.#epoch).length]!;
    if (this.#milestones.includes(this.#epoch)) current.restart();
    else current.step();
  }

  stateDict(): SchedulersStateDict & { readonly epoch: number } {
    return { epoch: this.#epoch, schedulers: this.#schedulers.map((scheduler) => scheduler.stateDict()) };
  }

  /** @throws ValueError if the saved one had another number of schedules. */
  loadStateDict({ epoch, schedulers }: SchedulersStateDict & { readonly epoch: number }): void {
    loadAll("SequentialLR", this.#schedulers, schedulers);
    this.#epoch = epoch;
  }
}
