import type { SavedMap } from "@tapegrad/tensor";
import { checkFinite, checkNumber, oneOf, readOptions, SavedFields } from "@tapegrad/tensor/internal";
import { checkPart } from "../optimizers/common-options.ts";
import { countFrom, perGroup, Schedule, type Scheduled } from "./lr-scheduler.ts";
import { noteScheduleStep } from "./observe-schedules.ts";

/** Options of `ReduceLROnPlateau`. */
export interface ReduceLROnPlateauOptions {
  /** Whether the metric should fall or rise. @default "min" */
  readonly mode?: "min" | "max";
  /** What the rate is multiplied by, below 1. @default 0.1 */
  readonly factor?: number;
  /** How many epochs may pass without improvement. @default 10 */
  readonly patience?: number;
  /** By how much the metric must beat the best to count as better. @default 1e-4 */
  readonly threshold?: number;
  /** Whether the threshold is a part of the best, or a difference from it. @default "rel" */
  readonly thresholdMode?: "rel" | "abs";
  /** For how many epochs after a reduction nothing is counted. @default 0 */
  readonly cooldown?: number;
  /** The lowest rate, for all groups or for each. @default 0 */
  readonly minLr?: number | readonly number[];
  /** A rate that would fall by no more than this is left as it is. @default 1e-8 */
  readonly eps?: number;
}

/** The memory of a `ReduceLROnPlateau`; plain JSON. */
export type PlateauStateDict = {
  readonly lastEpoch: number;
  /** The best metric so far; at first an infinity, which is text because JSON has none. */
  readonly best: number | "Infinity" | "-Infinity";
  readonly numBadEpochs: number;
  readonly cooldownCounter: number;
  readonly lastLr: readonly number[];
};

/**
 * Reduces the learning rate when a metric has stopped improving: call `step(metric)` after each epoch.
 *
 * Unlike other schedules it does nothing when constructed.
 */
export class ReduceLROnPlateau extends Schedule<PlateauStateDict> {
  readonly #options: Required<ReduceLROnPlateauOptions>;
  readonly #minLrs: readonly number[];
  /** What is saved, beside the rates. */
  #memory: Record<"lastEpoch" | "best" | "numBadEpochs" | "cooldownCounter", number>;

  /** @throws ValueError if an option is out of its range. */
  constructor(optimizer: Scheduled, options: ReduceLROnPlateauOptions = {}) {
    super(optimizer);
    this.#options = readOptions("ReduceLROnPlateau", options, {
      mode: ["min", oneOf("min", "max")],
      factor: [0.1, checkPart],
      patience: [10, countFrom(0)],
      threshold: [1e-4, checkFinite],
      thresholdMode: ["rel", oneOf("rel", "abs")],
      cooldown: [0, countFrom(0)],
      minLr: [0],
      eps: [1e-8, checkFinite],
    });
    this.#minLrs = perGroup("ReduceLROnPlateau", "minLr", this.#options.minLr, optimizer);
    const best = this.#options.mode === "min" ? Infinity : -Infinity;
    this.#memory = { lastEpoch: 0, best, numBadEpochs: 0, cooldownCounter: 0 };
  }

  /** Takes the metric of the epoch that has ended. NaN is never better. */
  step(metric: number): void {
    checkNumber("ReduceLROnPlateau.step", "metric", metric);
    const { factor, patience, cooldown, eps } = this.#options;
    const memory = this.#memory;
    noteScheduleStep(this);
    memory.lastEpoch++;
    if (isBetter(metric, memory.best, this.#options)) {
      memory.best = metric;
      memory.numBadEpochs = 0;
    } else memory.numBadEpochs++;
    if (memory.cooldownCounter > 0) {
      memory.cooldownCounter--;
      memory.numBadEpochs = 0;
    }
    if (memory.numBadEpochs <= patience) return;
    this.optimizer.paramGroups.forEach((group, i) => {
      const reduced = Math.max(group.lr * factor, this.#minLrs[i]!);
      if (group.lr - reduced > eps) group.lr = reduced;
    });
    memory.cooldownCounter = cooldown;
    memory.numBadEpochs = 0;
  }

  override stateDict(): PlateauStateDict {
    const { best } = this.#memory;
    const shown = Number.isFinite(best) ? best : best > 0 ? "Infinity" : "-Infinity";
    return { ...this.#memory, best: shown, lastLr: this.lastLrs };
  }

  override readState(state: PlateauStateDict | SavedMap): () => void {
    const { paramGroups } = this.optimizer;
    const saved = new SavedFields("ReduceLROnPlateau.loadStateDict", state);
    const lastEpoch = saved.integer("lastEpoch", 0);
    const given = saved.value("best");
    const best = given === "Infinity" ? Infinity : given === "-Infinity" ? -Infinity : saved.number("best");
    const [numBadEpochs, cooldownCounter] = [saved.integer("numBadEpochs", 0), saved.integer("cooldownCounter", 0)];
    // PyTorch's has none before the first step.
    const lastLr = saved.has("lastLr") || lastEpoch > 0 ? saved.numbers("lastLr") : this.lastLrs;
    if (lastLr.length !== paramGroups.length)
      throw saved.error(`expected rates of ${paramGroups.length} groups, got ${lastLr.length}`);
    return () => {
      this.#memory = { lastEpoch, best, numBadEpochs, cooldownCounter };
      paramGroups.forEach((group, i) => (group.lr = lastLr[i]!));
    };
  }
}

function isBetter(
  metric: number,
  best: number,
  { mode, threshold, thresholdMode }: Required<ReduceLROnPlateauOptions>,
): boolean {
  const sign = mode === "min" ? -1 : 1;
  const bound = thresholdMode === "rel" ? best * (1 + sign * threshold) : best + sign * threshold;
  return mode === "min" ? metric < bound : metric > bound;
}
