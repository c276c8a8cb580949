import { checkFinite, readOptions } from "@tapegrad/tensor/internal";
import { FactorSchedule } from "./factor-schedule.ts";
import { refuseNoIters } from "./linear-lr.ts";
import { countFrom, type Scheduled } from "./lr-scheduler.ts";

/** Options of `PolynomialLR`. */
export interface PolynomialLROptions {
  /** Epochs until the rate is 0. @default 5 */
  readonly totalIters?: number;
  /** 1 is a line. @default 1 */
  readonly power?: number;
}

/** Lets the learning rate fall to 0 in `totalIters` epochs: `lr = lr₀·(1 − t/totalIters)^power`. With 0 epochs it stays. */
export class PolynomialLR extends FactorSchedule {
  /**
   * @throws ValueError if `totalIters` is no integer, or negative, or `power` not finite; at a milestone of `SequentialLR`, if
   *   `totalIters` is 0, as in torch.
   */
  constructor(optimizer: Scheduled, options: PolynomialLROptions = {}) {
    const read = readOptions("PolynomialLR", options, { totalIters: [5, countFrom(0)], power: [1, checkFinite] });
    const { totalIters: n, power } = read;
    const change = (t: number): number => (t === 0 || t > n ? 1 : ((1 - t / n) / (1 - (t - 1) / n)) ** power);
    super(optimizer, change, () => refuseNoIters("PolynomialLR", n, 1));
  }
}
