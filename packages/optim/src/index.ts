export { Optimizer } from "./optimizer.ts";
export type { OptimizerStateDict, ParamGroup, ParamState, ParamsOrGroups, Trained } from "./optimizer.ts";
export { SGD } from "./sgd.ts";
export type { SGDOptions } from "./sgd.ts";
export { Adam } from "./adam.ts";
export type { AdamOptions } from "./adam.ts";
export { AdamW } from "./adamw.ts";

export { LRScheduler } from "./lr-scheduler.ts";
export type { Scheduled, SchedulerStateDict } from "./lr-scheduler.ts";
export { StepLR } from "./step-lr.ts";
export { MultiStepLR } from "./multi-step-lr.ts";
export { CosineAnnealingLR } from "./cosine-annealing-lr.ts";

export { clipGradNorm } from "./clip-grad-norm.ts";
export { clipGradValue } from "./clip-grad-value.ts";
