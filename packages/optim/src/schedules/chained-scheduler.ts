import { ComposedSchedule } from "./composed-schedule.ts";

/** Steps several schedules of one optimizer at once, one after the other: their changes multiply. */
export class ChainedScheduler extends ComposedSchedule {
  override step(): void {
    for (const scheduler of this.schedulers) scheduler.step();
  }
}
