import { ValueError } from "@tapegrad/tensor";
import { refuseUnknownOptions, showValue } from "@tapegrad/tensor/internal";
import { checkCount, checkFinite, LRScheduler, type Scheduled } from "./lr-scheduler.ts";

/** Multiplies the learning rate by `gamma` at each milestone; twice at one that is listed twice. */
export class MultiStepLR extends LRScheduler {
  readonly #milestones: readonly number[];
  readonly #gamma: number;

  /** @throws ValueError if a milestone is not a non-negative integer or `gamma` not finite. */
  constructor(optimizer: Scheduled, milestones: readonly number[], options: { readonly gamma?: number } = {}) {
    super(optimizer);
    refuseUnknownOptions("MultiStepLR", options, ["gamma"]);
    const { gamma = 0.1 } = options;
    if (!Array.isArray(milestones))
      throw new ValueError(`MultiStepLR: milestones must be a list of epochs, got ${showValue(milestones)}`);
    for (const milestone of milestones) checkCount("MultiStepLR", "a milestone", milestone, 0);
    checkFinite("MultiStepLR", "gamma", gamma);
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
