import { ValueError } from "@tapegrad/tensor";
import { checkProbability, readOptions } from "@tapegrad/tensor/internal";
import { countFrom, LRScheduler, type Scheduled } from "./lr-scheduler.ts";

/** Options of `ConstantLR`. */
export interface ConstantLROptions {
  /** What the rate is multiplied by, in [0, 1]. @default 1/3 */
  readonly factor?: number;
  /** For how many epochs. @default 5 */
  readonly totalIters?: number;
}

/**
 * Holds the learning rate at `factor` times its first value for `totalIters` epochs, then sets it free. With `totalIters` 0 it is
 * never set free, or, if it begins at a milestone of `SequentialLR`, never held, as in torch.
 */
export class ConstantLR extends LRScheduler {
  readonly #options: Required<ConstantLROptions>;

  /** @throws ValueError if `factor` is not in [0, 1] or `totalIters` no integer, or negative. */
  constructor(optimizer: Scheduled, options: ConstantLROptions = {}) {
    super(optimizer);
    this.#options = readOptions("ConstantLR", options, {
      factor: [1 / 3, checkProbability],
      totalIters: [5, countFrom(0)],
    });
    this.begin();
  }

  /** @throws ValueError if rates that are 0, since `factor` is, would be set free. */
  protected override nextLrs(): readonly number[] {
    const { factor, totalIters } = this.#options;
    if (factor === 0 && this.lastEpoch > 0 && this.lastEpoch === totalIters)
      throw new ValueError(`ConstantLR: factor 0 cannot be undone after totalIters, ${totalIters}, epochs`);
    const change = this.lastEpoch === 0 ? factor : this.lastEpoch === totalIters ? 1 / factor : 1;
    return this.lastLrs.map((lr) => lr * change);
  }

  protected override firstLrs(): readonly number[] {
    const { factor, totalIters } = this.#options;
    return this.baseLrs.map((lr) => lr * (totalIters === 0 ? 1 : factor));
  }
}
