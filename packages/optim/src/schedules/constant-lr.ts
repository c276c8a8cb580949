import { ValueError } from "@tapegrad/tensor";
import { refuseUnknownOptions, showValue } from "@tapegrad/tensor/internal";
import { checkCount, LRScheduler, type Scheduled } from "./lr-scheduler.ts";

/**
 * Holds the learning rate at `factor` times its first value for `totalIters` epochs, then sets it free. With `totalIters` 0 it is
 * never set free, or, if it begins at a milestone of `SequentialLR`, never held, as in torch.
 */
export class ConstantLR extends LRScheduler {
  readonly #factor: number;
  readonly #totalIters: number;

  /** @throws ValueError if `factor` is not in [0, 1] or `totalIters` no integer, or negative. */
  constructor(optimizer: Scheduled, options: { readonly factor?: number; readonly totalIters?: number } = {}) {
    super(optimizer);
    refuseUnknownOptions("ConstantLR", options, ["factor", "totalIters"]);
    const { factor = 1 / 3, totalIters = 5 } = options;
    if (!(Number.isFinite(factor) && factor >= 0 && factor <= 1))
      throw new ValueError(`ConstantLR: factor must lie in [0, 1], got ${showValue(factor)}`);
    checkCount("ConstantLR", "totalIters", totalIters, 0);
    this.#factor = factor;
    this.#totalIters = totalIters;
    this.begin();
  }

  /** @throws ValueError if rates that are 0, since `factor` is, would be set free. */
  protected override nextLrs(): readonly number[] {
    if (this.#factor === 0 && this.lastEpoch > 0 && this.lastEpoch === this.#totalIters)
      throw new ValueError(`ConstantLR: factor 0 cannot be undone after totalIters, ${this.#totalIters}, epochs`);
    const change = this.lastEpoch === 0 ? this.#factor : this.lastEpoch === this.#totalIters ? 1 / this.#factor : 1;
    return this.lastLrs.map((lr) => lr * change);
  }

  protected override firstLrs(): readonly number[] {
    return this.baseLrs.map((lr) => lr * (this.#totalIters === 0 ? 1 : this.#factor));
  }
}
