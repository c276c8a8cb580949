import { Observers } from "../observers.ts";

/** A schedule, as far as observers of its steps see it. */
export interface SteppingSchedule {
  /** What it steers; absent where it does not say. */
  readonly optimizer?: object;
  /** What it is made of, if it is made of others. */
  readonly schedulers?: readonly SteppingSchedule[];
  step(metric: number): void;
  stateDict(): object;
  loadStateDict(state: object): void;
}

const observers = /* @__PURE__ */ new Observers<SteppingSchedule>();

/** Calls `observer` before every step of every schedule, until the function that is returned is called. */
export function observeSchedules(observer: (schedule: SteppingSchedule) => void): () => void {
  return observers.add(observer);
}

/** Tells the observers of a step. For schedules. */
export function noteScheduleStep(schedule: SteppingSchedule): void {
  observers.tell(schedule);
}
