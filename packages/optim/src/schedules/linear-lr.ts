import { ValueError } from "@tapegrad/tensor";
import { checkProbability, readOptions, showValue } from "@tapegrad/tensor/internal";
import { countFrom, LRScheduler, type Scheduled } from "./lr-scheduler.ts";

/** Options of `LinearLR`. */
export interface LinearLROptions {
  /** What the rate is multiplied by at first, in (0, 1]. @default 1/3 */
  readonly startFactor?: number;
  /** What it is multiplied by in the end, in [0, 1]. @default 1 */
  readonly endFactor?: number;
  /** Epochs between the two; with 0 the rate stays at `startFactor`, as in torch. @default 5 */
  readonly totalIters?: number;
}

/** Moves the learning rate along a line, from `startFactor` to `endFactor` times its first value: to warm up. */
export class LinearLR extends LRScheduler {
  readonly #options: Required<LinearLROptions>;

  /** @throws ValueError if a factor or `totalIters` is out of its range. */
  constructor(optimizer: Scheduled, options: LinearLROptions = {}) {
    super(optimizer);
    this.#options = readOptions("LinearLR", options, {
      startFactor: [1 / 3, checkStart],
      endFactor: [1, checkProbability],
      totalIters: [5, countFrom(0)],
    });
    this.begin();
  }

  protected override nextLrs(): readonly number[] {
    const { startFactor: start, endFactor: end, totalIters: n } = this.#options;
    const [t, rise] = [this.lastEpoch, end - start];
    // Rounding might leave a rate just above or below 0.
    if (t > 0 && t === n && end === 0) return this.lastLrs.map(() => 0);
    const change = t === 0 ? start : t > n ? 1 : 1 + rise / (n * start + (t - 1) * rise);
    return this.lastLrs.map((lr) => lr * change);
  }

  /** @throws ValueError if `totalIters` is 0, as in torch. */
  protected override firstLrs(): readonly number[] {
    refuseNoIters("LinearLR", this.#options.totalIters);
    return this.baseLrs.map((lr) => lr * this.#options.startFactor);
  }
}

/** @throws ValueError if a schedule has no epochs: its rate at a milestone is undefined then. */
export function refuseNoIters(schedule: string, totalIters: number): void {
  if (totalIters === 0)
    throw new ValueError(`${schedule}: with totalIters 0 it cannot begin at a milestone of SequentialLR`);
}

function checkStart(schedule: string, name: string, value: unknown): void {
  if (!(Number.isFinite(value) && Number(value) > 0 && Number(value) <= 1))
    throw new ValueError(`${schedule}: ${name} must lie in (0, 1], got ${showValue(value)}`);
}
