import { refuseUnknownOptions } from "@tapegrad/tensor/internal";
import { refuseNoIters } from "./linear-lr.ts";
import { checkCount, checkFinite, LRScheduler, type Scheduled } from "./lr-scheduler.ts";

/** Lets the learning rate fall to 0 in `totalIters` epochs: `lr = lr₀·(1 − t/totalIters)^power`. With 0 epochs it stays. */
export class PolynomialLR extends LRScheduler {
  readonly #totalIters: number;
  readonly #power: number;

  /** @throws ValueError if `totalIters` is no integer, or negative, or `power` not finite. */
  constructor(optimizer: Scheduled, options: { readonly totalIters?: number; readonly power?: number } = {}) {
    super(optimizer);
    refuseUnknownOptions("PolynomialLR", options, ["totalIters", "power"]);
    const { totalIters = 5, power = 1 } = options;
    checkCount("PolynomialLR", "totalIters", totalIters, 0);
    checkFinite("PolynomialLR", "power", power);
    this.#totalIters = totalIters;
    this.#power = power;
    this.begin();
  }

  protected override nextLrs(): readonly number[] {
    const [t, n] = [this.lastEpoch, this.#totalIters];
    const change = t === 0 || t > n ? 1 : ((1 - t / n) / (1 - (t - 1) / n)) ** this.#power;
    return this.lastLrs.map((lr) => lr * change);
  }

  /** @throws ValueError if `totalIters` is 0, as in torch. */
  protected override firstLrs(): readonly number[] {
    refuseNoIters("PolynomialLR", this.#totalIters);
    return this.baseLrs;
  }
}
