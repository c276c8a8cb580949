import { ValueError } from "@tapegrad/tensor";
import { LRScheduler } from "./lr-scheduler.ts";
import type { Scheduled } from "./lr-scheduler.ts";

/** Multiplies the learning rate by `gamma` every `stepSize` epochs. */
export class StepLR extends LRScheduler {
  readonly #stepSize: number;
  readonly #gamma: number;

  /** @throws ValueError if `stepSize` is not a positive integer. */
  constructor(optimizer: Scheduled, stepSize: number, { gamma = 0.1 }: { readonly gamma?: number } = {}) {
    super(optimizer);
    if (!Number.isInteger(stepSize) || stepSize < 1) throw new ValueError(`StepLR: stepSize must be a positive integer, got ${stepSize}`);
    this.#stepSize = stepSize;
    this.#gamma = gamma;
    this.step();
  }

  protected override nextLrs(): readonly number[] {
    const falls = this.epoch > 0 && this.epoch % this.#stepSize === 0;
    return this.lastLrs.map((lr) => (falls ? lr * this.#gamma : lr));
  }
}
