import { ValueError } from "@tapegrad/tensor";
import { checkProbability, readOptions } from "@tapegrad/tensor/internal";
import { FactorSchedule } from "./factor-schedule.ts";
import { countFrom, type Scheduled } from "./lr-scheduler.ts";

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
export class ConstantLR extends FactorSchedule {
  /**
   * @throws ValueError if `factor` is not in [0, 1] or `totalIters` no integer, or negative; in `step`, if rates that are 0, since
   *   `factor` is, would be set free.
   */
  constructor(optimizer: Scheduled, options: ConstantLROptions = {}) {
    const { factor, totalIters } = readOptions("ConstantLR", options, {
      factor: [1 / 3, checkProbability],
      totalIters: [5, countFrom(0)],
    });
    const change = (epoch: number): number => {
      if (epoch === 0) return factor;
      if (epoch !== totalIters) return 1;
      if (factor !== 0) return 1 / factor;
      throw new ValueError(`ConstantLR: factor 0 cannot be undone after totalIters, ${totalIters}, epochs`);
    };
    super(optimizer, change, () => (totalIters === 0 ? 1 : factor));
  }
}
