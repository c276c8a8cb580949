import { checkFinite, readOptions } from "@tapegrad/tensor/internal";
import { FactorSchedule } from "./factor-schedule.ts";
import { checkCount, type Scheduled } from "./lr-scheduler.ts";

/** Multiplies the learning rate by `gamma` every `stepSize` epochs. */
export class StepLR extends FactorSchedule {
  /** @throws ValueError if `stepSize` is not a positive integer or `gamma` not finite. */
  constructor(optimizer: Scheduled, stepSize: number, options: { readonly gamma?: number } = {}) {
    const { gamma } = readOptions("StepLR", options, { gamma: [0.1, checkFinite] });
    checkCount("StepLR", "stepSize", stepSize);
    super(optimizer, (epoch) => (epoch > 0 && epoch % stepSize === 0 ? gamma : 1));
  }
}
