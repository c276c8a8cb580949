// What tapegrad's other packages need of this one and its users do not: anything here may change in any version.
export { observeSchedules, type SteppingSchedule } from "./schedules/observe-schedules.ts";
export { observeSteps, type SteppingOptimizer } from "./optimizers/observe-steps.ts";
