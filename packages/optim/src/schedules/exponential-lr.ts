import { checkFinite } from "@tapegrad/tensor/internal";
import { FactorSchedule } from "./factor-schedule.ts";
import type { Scheduled } from "./lr-scheduler.ts";

/** Multiplies the learning rate by `gamma` every epoch. */
export class ExponentialLR extends FactorSchedule {
  /** @throws ValueError if `gamma` is not finite. */
  constructor(optimizer: Scheduled, gamma: number) {
    checkFinite("ExponentialLR", "gamma", gamma);
    super(optimizer, (epoch) => (epoch === 0 ? 1 : gamma));
  }
}
