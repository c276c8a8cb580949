import { ValueError } from "@tapegrad/tensor";
import { checkFinite, readOptions, showValue } from "@tapegrad/tensor/internal";
import { FactorSchedule } from "./factor-schedule.ts";
import { checkCount, type Scheduled } from "./lr-scheduler.ts";

/** Multiplies the learning rate by `gamma` at each milestone; twice at one that is listed twice. */
export class MultiStepLR extends FactorSchedule {
  /** @throws ValueError if a milestone is not a non-negative integer or `gamma` not finite. */
  constructor(optimizer: Scheduled, milestones: readonly number[], options: { readonly gamma?: number } = {}) {
    const { gamma } = readOptions("MultiStepLR", options, { gamma: [0.1, checkFinite] });
    if (!Array.isArray(milestones))
      throw new ValueError(`MultiStepLR: milestones must be a list of epochs, got ${showValue(milestones)}`);
    for (const milestone of milestones) checkCount("MultiStepLR", "a milestone", milestone, 0);
    const kept = [...milestones];
    super(optimizer, (epoch) => gamma ** kept.filter((milestone) => milestone === epoch).length);
  }
}
