import { ValueError } from "@tapegrad/tensor";
import { checkFinite, readOptions, showValue } from "@tapegrad/tensor/internal";
import { checkCount, LRScheduler, type Scheduled } from "./lr-scheduler.ts";

/** Multiplies the learning rate by `gamma` at each milestone; twice at one that is listed twice. */
export class MultiStepLR extends LRScheduler {
  readonly #milestones: readonly number[];
  readonly #gamma: number;

  /** @throws ValueError if a milestone is not a non-negative integer or `gamma` not finite. */
  constructor(optimizer: Scheduled, milestones: readonly number[], options: { readonly gamma?: number } = {}) {
    super(optimizer);
    const { gamma } = readOptions("MultiStepLR", options, { gamma: [0.1, checkFinite] });
    if (!Array.isArray(milestones))
      throw new ValueError(`MultiStepLR: milestones must be a list of epochs, got ${showValue(milestones)}`);
    for (const milestone of milestones) checkCount("MultiStepLR", "a milestone", milestone, 0);
    this.#milestones = [...milestones];
    this.#gamma = gamma;
    this.begin();
  }

  protected override nextLrs(): readonly number[] {
    const times = this.#milestones.filter((milestone) => milestone === this.lastEpoch).length;
    return this.lastLrs.map((lr) => lr * this.#gamma ** times);
  }

  protected override firstLrs(): readonly number[] {
    const times = this.#milestones.filter((milestone) => milestone === 0).length;
    return this.baseLrs.map((lr) => lr * this.#gamma ** times);
  }
}
