export { ParameterGroups } from "./optimizers/parameter-groups.ts";
export type { ParamGroup, ParamsOrGroups } from "./optimizers/parameter-groups.ts";
export type {
  OptimizerStateDict,
  ParamState,
  SavedOption,
  SavedParamState,
  StateKind,
} from "./optimizers/optimizer-state.ts";
export { Optimizer } from "./optimizers/optimizer.ts";
export type { Trained } from "./optimizers/optimizer.ts";
export { ComposedOptimizer } from "./optimizers/composed-optimizer.ts";
export type { ComposedOptions } from "./optimizers/composed-optimizer.ts";
export { SGD } from "./optimizers/sgd.ts";
export type { SGDOptions } from "./optimizers/sgd.ts";
export { Adam } from "./optimizers/adam.ts";
export type { AdamOptions } from "./optimizers/adam.ts";
export { AdamW } from "./optimizers/adamw.ts";
export { RMSprop } from "./optimizers/rmsprop.ts";
export type { RMSpropOptions } from "./optimizers/rmsprop.ts";
export { Adagrad } from "./optimizers/adagrad.ts";
export type { AdagradOptions } from "./optimizers/adagrad.ts";
export { Adadelta } from "./optimizers/adadelta.ts";
export type { AdadeltaOptions } from "./optimizers/adadelta.ts";
export { Adamax } from "./optimizers/adamax.ts";
export type { AdamaxOptions } from "./optimizers/adamax.ts";
export { NAdam } from "./optimizers/nadam.ts";
export type { NAdamOptions } from "./optimizers/nadam.ts";
export { RAdam } from "./optimizers/radam.ts";
export type { RAdamOptions } from "./optimizers/radam.ts";
export { LBFGS } from "./optimizers/lbfgs.ts";
export type { LBFGSOptions } from "./optimizers/lbfgs.ts";

export { LRScheduler } from "./schedules/lr-scheduler.ts";
export type { Scheduled, ScheduledGroup, SchedulerStateDict } from "./schedules/lr-scheduler.ts";
export type { GroupSchedule } from "./schedules/group-schedule.ts";
export { StepLR } from "./schedules/step-lr.ts";
export { MultiStepLR } from "./schedules/multi-step-lr.ts";
export { ConstantLR } from "./schedules/constant-lr.ts";
export { LinearLR } from "./schedules/linear-lr.ts";
export type { LinearLROptions } from "./schedules/linear-lr.ts";
export { ExponentialLR } from "./schedules/exponential-lr.ts";
export { PolynomialLR } from "./schedules/polynomial-lr.ts";
export { LambdaLR } from "./schedules/lambda-lr.ts";
export type { LrLambda } from "./schedules/lambda-lr.ts";
export { MultiplicativeLR } from "./schedules/multiplicative-lr.ts";
export { CosineAnnealingLR } from "./schedules/cosine-annealing-lr.ts";
export { CosineAnnealingWarmRestarts } from "./schedules/cosine-annealing-warm-restarts.ts";
export type { WarmRestartsOptions, WarmRestartsStateDict } from "./schedules/cosine-annealing-warm-restarts.ts";
export { OneCycleLR } from "./schedules/one-cycle-lr.ts";
export type { OneCycleLROptions } from "./schedules/one-cycle-lr.ts";
export { CyclicLR } from "./schedules/cyclic-lr.ts";
export type { CyclicLROptions } from "./schedules/cyclic-lr.ts";
export { ReduceLROnPlateau } from "./schedules/reduce-lr-on-plateau.ts";
export type { PlateauStateDict, ReduceLROnPlateauOptions } from "./schedules/reduce-lr-on-plateau.ts";
export { SWALR } from "./schedules/swa-lr.ts";
export type { SWALROptions } from "./schedules/swa-lr.ts";
export { ChainedScheduler } from "./schedules/chained-scheduler.ts";
export { ComposedSchedule } from "./schedules/composed-schedule.ts";
export type { SchedulersStateDict } from "./schedules/composed-schedule.ts";
export { SequentialLR } from "./schedules/sequential-lr.ts";

export { clipGradNorm } from "./gradients/clip-grad-norm.ts";
export { clipGradValue } from "./gradients/clip-grad-value.ts";
export { WeightAverage } from "./optimizers/weight-average.ts";
export type { WeightAverageStateDict } from "./optimizers/weight-average.ts";
