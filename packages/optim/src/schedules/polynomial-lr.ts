import { checkFinite, readOptions } from "@tapegrad/tensor/internal";
import { refuseNoIters } from "./linear-lr.ts";
import { countFrom, LRScheduler, type Scheduled } from "./lr-scheduler.ts";

/** Options of `PolynomialLR`. */
export interface PolynomialLROptions {
  /** Epochs until the rate is 0. @default 5 */
  readonly totalIters?: number;
  /** 1 is a line. @default 1 */
  readonly power?: number;
}

/** Lets the learning rate fall to 0 in `totalIters` epochs: `lr = lr₀·(1 − t/totalIters)^power`. With 0 epochs it stays. */
export class PolynomialLR extends LRScheduler {
  readonly #options: Required<PolynomialLROptions>;

  /** @throws ValueError if `totalIters` is no integer, or negative, or `power` not finite. */
  constructor(optimizer: Scheduled, options: PolynomialLROptions = {}) {
    super(optimizer);
    this.#options = readOptions("PolynomialLR", options, { totalIters: [5, countFrom(0)], power: [1, checkFinite] });
    this.begin();
  }

  protected override nextLrs(): readonly number[] {
    const { totalIters: n, power } = this.#options;
    const t = this.lastEpoch;
    const change = t === 0 || t > n ? 1 : ((1 - t / n) / (1 - (t - 1) / n)) ** power;
    return this.lastLrs.map((lr) => lr * change);
  }

  /** @throws ValueError if `totalIters` is 0, as in torch. */
  protected override firstLrs(): readonly number[] {
    refuseNoIters("PolynomialLR", this.#options.totalIters);
    return this.baseLrs;
  }
}
