import { checkFinite, readOptions } from "@tapegrad/tensor/internal";
import { checkCount, LRScheduler, type Scheduled } from "./lr-scheduler.ts";

/** Multiplies the learning rate by `gamma` every `stepSize` epochs. */
export class StepLR extends LRScheduler {
  readonly #stepSize: number;
  readonly #gamma: number;

  /** @throws ValueError if `stepSize` is not a positive integer or `gamma` not finite. */
  constructor(optimizer: Scheduled, stepSize: number, options: { readonly gamma?: number } = {}) {
    super(optimizer);
    const { gamma } = readOptions("StepLR", options, { gamma: [0.1, checkFinite] });
    checkCount("StepLR", "stepSize", stepSize);
    this.#stepSize = stepSize;
    this.#gamma = gamma;
    this.begin();
  }

  protected override nextLrs(): readonly number[] {
    const falls = this.lastEpoch > 0 && this.lastEpoch % this.#stepSize === 0;
    return this.lastLrs.map((lr) => (falls ? lr * this.#gamma : lr));
  }

  protected override firstLrs(): readonly number[] {
    return this.baseLrs;
  }
}
