import { ValueError } from "@tapegrad/tensor";
import { checkBoolean, checkFinite, checkFunction, oneOf, readOptions, showValue } from "@tapegrad/tensor/internal";
import { LRScheduler, perGroup, type Scheduled } from "./lr-scheduler.ts";
import { checkMomentum, setMomentum } from "./set-momentum.ts";

/** Options of `CyclicLR`. */
export interface CyclicLROptions {
  /** Lowest rate, for all groups or for each. */
  readonly baseLr: number | readonly number[];
  /** Highest rate, for all groups or for each. */
  readonly maxLr: number | readonly number[];
  /** Steps from the lowest to the highest. @default 2000 */
  readonly stepSizeUp?: number;
  /** Steps back. @default stepSizeUp */
  readonly stepSizeDown?: number;
  /** How the height changes: never, halved with every cycle, or times `gamma` with every step. @default "triangular" */
  readonly mode?: "triangular" | "triangular2" | "exp_range";
  /** @default 1 */
  readonly gamma?: number;
  /** A height of your own, in place of `mode`: a function of the cycle's number, from 1 on, or of the step. */
  readonly scale?: (x: number) => number;
  /** What `scale` is a function of. @default "cycle" */
  readonly scaleMode?: "cycle" | "iterations";
  /** Whether momentum moves against the rate. @default true */
  readonly cycleMomentum?: boolean;
  /** Lowest momentum, for all groups or for each. @default 0.8 */
  readonly baseMomentum?: number | readonly number[];
  /** Highest momentum, for all groups or for each. @default 0.9 */
  readonly maxMomentum?: number | readonly number[];
}

/**
 * Moves the learning rate up and down between two bounds, and momentum against it. Call `step()` after every batch. The
 * lowest rate becomes the groups' initial rate, unless an earlier schedule has set one.
 *
 * @see Smith 2015, https://arxiv.org/abs/1506.01186
 */
export class CyclicLR extends LRScheduler {
  readonly #maxLrs: readonly number[];
  readonly #up: number;
  readonly #period: number;
  readonly #scale: (cycle: number, step: number) => number;
  readonly #momenta: Readonly<Record<"base" | "max", readonly number[]>> | null;

  /** @throws ValueError if an option is out of its range, or momentum is to move and the optimizer has none. */
  constructor(optimizer: Scheduled, options: CyclicLROptions) {
    super(optimizer);
    const read = readOptions("CyclicLR", options, {
      baseLr: [],
      maxLr: [],
      stepSizeUp: [2000, checkPositive],
      stepSizeDown: [undefined],
      mode: ["triangular", oneOf("triangular", "triangular2", "exp_range")],
      gamma: [1, checkFinite],
      scale: [undefined],
      scaleMode: ["cycle", oneOf("cycle", "iterations")],
      cycleMomentum: [true, checkBoolean],
      baseMomentum: [0.8],
      maxMomentum: [0.9],
    });
    const { baseLr, maxLr, stepSizeUp, mode, gamma, scale, scaleMode, cycleMomentum } = read;
    const { stepSizeDown = stepSizeUp, baseMomentum, maxMomentum } = read;
    checkPositive("CyclicLR", "stepSizeDown", stepSizeDown);
    if (scale !== undefined) checkFunction("CyclicLR", "scale", scale);
    if (cycleMomentum) checkMomentum("CyclicLR", optimizer);
    const baseLrs = perGroup("CyclicLR", "baseLr", baseLr, optimizer);
    this.#maxLrs = perGroup("CyclicLR", "maxLr", maxLr, optimizer);
    this.#up = stepSizeUp;
    this.#period = stepSizeUp + stepSizeDown;
    if (scale !== undefined) this.#scale = (cycle, step) => scale(scaleMode === "cycle" ? cycle : step);
    else if (mode === "exp_range") this.#scale = (_, step) => gamma ** step;
    else this.#scale = (cycle) => (mode === "triangular2" ? 0.5 ** (cycle - 1) : 1);
    this.#momenta = cycleMomentum
      ? {
          base: perGroup("CyclicLR", "baseMomentum", baseMomentum, optimizer),
          max: perGroup("CyclicLR", "maxMomentum", maxMomentum, optimizer),
        }
      : null;
    optimizer.paramGroups.forEach((group, i) => (group.lr = baseLrs[i]!));
    // As in torch, step 0 leaves the groups at their initial rates, which are those of an earlier schedule if there was one.
    this.begin();
    this.baseLrs = baseLrs;
  }

  protected override nextLrs(): readonly number[] {
    const cycle = Math.floor(1 + this.lastEpoch / this.#period);
    const t = this.lastEpoch - (cycle - 1) * this.#period;
    const height =
      (t <= this.#up ? t / this.#up : (this.#period - t) / (this.#period - this.#up)) *
      this.#scale(cycle, this.lastEpoch);
    if (this.#momenta !== null) {
      const { base, max } = this.#momenta;
      max.forEach((most, i) => setMomentum(this.optimizer.paramGroups[i]!, most - (most - base[i]!) * height));
    }
    return this.baseLrs.map((lr, i) => lr + (this.#maxLrs[i]! - lr) * height);
  }
}

function checkPositive(schedule: string, name: string, value: unknown): void {
  if (!(Number.isFinite(value) && Number(value) > 0))
    throw new ValueError(`${schedule}: ${name} must be positive, got ${showValue(value)}`);
}
