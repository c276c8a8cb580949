import { ValueError, refuseUnknownOptions, showValue } from "@tapegrad/tensor";
import { LRScheduler, checkCount } from "./lr-scheduler.ts";
import type { Scheduled } from "./lr-scheduler.ts";

/** Holds the learning rate at `factor` times its first value for `totalIters` epochs, then sets it free. */
export class ConstantLR extends LRScheduler {
  readonly #factor: number;
  readonly #totalIters: number;

  /** @throws ValueError if `factor` is not in (0, 1] or `totalIters` not a positive integer. */
  constructor(optimizer: Scheduled, options: { readonly factor?: number; readonly totalIters?: number } = {}) {
    super(optimizer);
    refuseUnknownOptions("ConstantLR", options, ["factor", "totalIters"]);
    const { factor = 1 / 3, totalIters = 5 } = options;
    if (!(Number.isFinite(factor) && factor > 0 && factor <= 1))
      throw new ValueError(`ConstantLR: factor must lie in (0, 1], got ${showValue(factor)}`);
    checkCount("ConstantLR", "totalIters", totalIters);
    this.#factor = factor;
    this.#totalIters = totalIters;
    this.step();
  }

  protected override nextLrs(): readonly number[] {
    const change = this.epoch === 0 ? this.#factor : this.epoch === this.#totalIters ? 1 / this.#factor : 1;
    return this.lastLrs.map((lr) => lr * change);
  }
}
