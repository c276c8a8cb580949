import { checkFinite } from "@tapegrad/tensor/internal";
import { LRScheduler, type Scheduled } from "./lr-scheduler.ts";

/** Multiplies the learning rate by `gamma` every epoch. */
export class ExponentialLR extends LRScheduler {
  readonly #gamma: number;

  /** @throws ValueError if `gamma` is not finite. */
  constructor(optimizer: Scheduled, gamma: number) {
    super(optimizer);
    checkFinite("ExponentialLR", "gamma", gamma);
    this.#gamma = gamma;
    this.begin();
  }

  protected override nextLrs(): readonly number[] {
    return this.lastLrs.map((lr) => (this.lastEpoch === 0 ? lr : lr * this.#gamma));
  }

  protected override firstLrs(): readonly number[] {
    return this.baseLrs;
  }
}
