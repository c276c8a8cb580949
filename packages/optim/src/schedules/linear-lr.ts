import { ValueError } from "@tapegrad/tensor";
import { checkProbability, readOptions, showValue } from "@tapegrad/tensor/internal";
import { FactorSchedule } from "./factor-schedule.ts";
import { countFrom, type Scheduled } from "./lr-scheduler.ts";

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
export class LinearLR extends FactorSchedule {
  /**
   * @throws ValueError if a factor or `totalIters` is out of its range; at a milestone of `SequentialLR`, if `totalIters` is 0, as in
   *   torch.
   */
  constructor(optimizer: Scheduled, options: LinearLROptions = {}) {
    const read = readOptions("LinearLR", options, {
      startFactor: [1 / 3, checkStart],
      endFactor: [1, checkProbability],
      totalIters: [5, countFrom(0)],
    });
    const { startFactor: start, endFactor: end, totalIters: n } = read;
    const rise = end - start;
    const change = (t: number): number => {
      if (t === 0) return start;
      // Rounding might leave a rate just above or below 0.
      if (t === n && end === 0) return 0;
      return t > n ? 1 : 1 + rise / (n * start + (t - 1) * rise);
    };
    super(optimizer, change, () => refuseNoIters("LinearLR", n, start));
  }
}

/** A factor at a milestone. @throws ValueError if a schedule has no epochs: its rate there is undefined then. */
export function refuseNoIters(schedule: string, totalIters: number, factor: number): number {
  if (totalIters > 0) return factor;
  throw new ValueError(`${schedule}: with totalIters 0 it cannot begin at a milestone of SequentialLR`);
}

function checkStart(schedule: string, name: string, value: unknown): void {
  if (!(Number.isFinite(value) && Number(value) > 0 && Number(value) <= 1))
    throw new ValueError(`${schedule}: ${name} must lie in (0, 1], got ${showValue(value)}`);
}
