import { LambdaSchedule } from "./lambda-lr.ts";

/** Multiplies the learning rate by a function of the epoch, every epoch but the first. Functions are not part of the state dict. */
export class MultiplicativeLR extends LambdaSchedule {
  protected override nextLrs(): readonly number[] {
    return this.lastEpoch === 0 ? this.lastLrs : this.scaled(this.lastLrs);
  }
}
