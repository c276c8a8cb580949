import { checkFinite, readOptions } from "@tapegrad/tensor/internal";
import { checkCount, LRScheduler, type Scheduled } from "./lr-scheduler.ts";

/**
 * Lets the learning rate fall along half a cosine from its first value to `etaMin` over `tMax` epochs, and rise again after.
 *
 * Recursive, as in torch: `lrₜ₊₁ − etaMin = (lrₜ − etaMin)·(1 + cos(π(t+1)/tMax)) / (1 + cos(πt/tMax))`.
 *
 * @see Loshchilov & Hutter 2016, https://arxiv.org/abs/1608.03983 (without restarts)
 */
export class CosineAnnealingLR extends LRScheduler {
  readonly #tMax: number;
  readonly #etaMin: number;

  /** @throws ValueError if `tMax` is not a positive integer or `etaMin` not finite. */
  constructor(optimizer: Scheduled, tMax: number, options: { readonly etaMin?: number } = {}) {
    super(optimizer);
    const { etaMin } = readOptions("CosineAnnealingLR", options, { etaMin: [0, checkFinite] });
    checkCount("CosineAnnealingLR", "tMax", tMax);
    this.#tMax = tMax;
    this.#etaMin = etaMin;
    this.begin();
  }

  protected override nextLrs(): readonly number[] {
    const [t, tMax, etaMin] = [this.lastEpoch, this.#tMax, this.#etaMin];
    if (t === 0) return this.lastLrs;
    // Only a schedule that had been stepped before it was given to SequentialLR has its first step here.
    if (this.stepCount === 1)
      return this.baseLrs.map((lr) => etaMin + ((lr - etaMin) * (1 + Math.cos((Math.PI * t) / tMax))) / 2);
    if ((t - 1 - tMax) % (2 * tMax) === 0) {
      return this.lastLrs.map((lr, i) => lr + ((this.baseLrs[i]! - etaMin) * (1 - Math.cos(Math.PI / tMax))) / 2);
    }
    const ratio = (1 + Math.cos((Math.PI * t) / tMax)) / (1 + Math.cos((Math.PI * (t - 1)) / tMax));
    return this.lastLrs.map((lr) => ratio * (lr - etaMin) + etaMin);
  }

  protected override firstLrs(): readonly number[] {
    return this.baseLrs;
  }
}
