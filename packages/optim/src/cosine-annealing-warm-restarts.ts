import { refuseUnknownOptions } from "@tapegrad/tensor";
import { LRScheduler, checkCount, checkFinite } from "./lr-scheduler.ts";
import type { Scheduled } from "./lr-scheduler.ts";

/** Options of `CosineAnnealingWarmRestarts`. */
export interface WarmRestartsOptions {
  /** How much longer each period is than the one before. @default 1 */
  readonly tMult?: number;
  /** Where the rate falls to. @default 0 */
  readonly etaMin?: number;
}

/**
 * Lets the learning rate fall along half a cosine, again and again: for `t0` epochs, then for `t0·tMult`, and so on.
 *
 * `lr = etaMin + (lr₀ − etaMin)·(1 + cos(π·t/T))/2`, `t` epochs after the last restart and `T` the length of the period.
 *
 * @see Loshchilov & Hutter 2016, https://arxiv.org/abs/1608.03983
 */
export class CosineAnnealingWarmRestarts extends LRScheduler {
  readonly #t0: number;
  readonly #tMult: number;
  readonly #etaMin: number;

  /** @throws ValueError if `t0` or `tMult` is not a positive integer. */
  constructor(optimizer: Scheduled, t0: number, options: WarmRestartsOptions = {}) {
    super(optimizer);
    refuseUnknownOptions("CosineAnnealingWarmRestarts", options, ["tMult", "etaMin"]);
    const { tMult = 1, etaMin = 0 } = options;
    checkCount("CosineAnnealingWarmRestarts", "t0", t0);
    checkCount("CosineAnnealingWarmRestarts", "tMult", tMult);
    checkFinite("CosineAnnealingWarmRestarts", "etaMin", etaMin);
    this.#t0 = t0;
    this.#tMult = tMult;
    this.#etaMin = etaMin;
    this.step();
  }

  protected override nextLrs(): readonly number[] {
    let [t, period] = [this.epoch, this.#t0];
    while (t >= period) {
      t -= period;
      period *= this.#tMult;
    }
    const part = (1 + Math.cos((Math.PI * t) / period)) / 2;
    return this.baseLrs.map((lr) => this.#etaMin + (lr - this.#etaMin) * part);
  }
}
