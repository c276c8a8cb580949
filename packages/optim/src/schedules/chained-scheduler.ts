import { ComposedSchedule } from "./composed-schedule.ts";
import { noteScheduleStep } from "./observe-schedules.ts";

/** Steps several schedules of one optimizer at once, one after the other: their changes multiply. */
export class ChainedScheduler extends ComposedSchedule {
  override step(): void {
    noteScheduleStep(this);
    for (const scheduler of this.schedulers) scheduler.step();
  }
}
