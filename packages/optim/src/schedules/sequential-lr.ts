import { type SavedMap, ValueError } from "@tapegrad/tensor";
import { SavedFields, showValue } from "@tapegrad/tensor/internal";
import { ComposedSchedule, type SchedulersStateDict } from "./composed-schedule.ts";
import { LRScheduler, checkCount } from "./lr-scheduler.ts";
import { noteScheduleStep } from "./observe-schedules.ts";

/**
 * Runs one schedule after another: the first from the groups' initial rates, each other from its milestone on.
 *
 * At a milestone a schedule returns to the rates that were the initial ones when it was made, as in torch. `MultiplicativeLR` and
 * `SWALR`, which only know changes, go on from the rates as they are.
 */
export class SequentialLR extends ComposedSchedule {
  readonly #schedulers: readonly LRScheduler[];
  readonly #milestones: readonly number[];
  #lastEpoch = 0;

  /**
   * @param schedulers schedules of one optimizer.
   * @param milestones the epoch at which each schedule but the first begins.
   * @throws ValueError unless there is one milestone less than schedules, and milestones rise.
   */
  constructor(schedulers: readonly LRScheduler[], milestones: readonly number[]) {
    super(schedulers);
    this.#schedulers = this.schedulers.filter((each) => each instanceof LRScheduler);
    if (this.#schedulers.length < this.schedulers.length)
      throw new ValueError("SequentialLR: expected plain schedules, got one that is made of others");
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
    this.#milestones = [...milestones];
    for (const group of this.optimizer.paramGroups) group.lr = group.initialLr ?? group.lr;
    for (const scheduler of this.#schedulers) scheduler.undoStep();
    this.#schedulers[0]!.takeFirstStep();
  }

  override step(): void {
    noteScheduleStep(this);
    this.#lastEpoch++;
    const current = this.#schedulers[this.#indexAt(this.#lastEpoch)]!;
    if (this.#milestones.includes(this.#lastEpoch)) current.restart();
    else current.step();
  }

  /** Where each schedule is, and which one's turn it is, for `loadStateDict`. */
  override stateDict(): SchedulersStateDict {
    return { lastEpoch: this.#lastEpoch, ...super.stateDict() };
  }

  override readState(state: SchedulersStateDict | SavedMap): () => void {
    const load = super.readState(state);
    const saved = new SavedFields("SequentialLR.loadStateDict", state);
    const lastEpoch = saved.integer("lastEpoch", 0);
    // PyTorch's other schedules know the rates of their own last step, those to come that of their first.
    const current = new SavedFields(saved.what, saved.list("schedulers")[this.#indexAt(lastEpoch)]);
    const lastLr = current.numbers("lastLr");
    return () => {
      load();
      this.#lastEpoch = lastEpoch;
      this.optimizer.paramGroups.forEach((group, i) => (group.lr = lastLr[i]!));
    };
  }

  /** Which schedule an epoch belongs to. */
  #indexAt(epoch: number): number {
    return this.#milestones.filter((milestone) => milestone <= epoch).length;
  }
}
