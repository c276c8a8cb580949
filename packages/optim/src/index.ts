export { ParameterGroups, type ParamGroup, type ParamsOrGroups } from "./optimizers/parameter-groups.ts";
export type {
  OptimizerStateDict,
  ParamState,
  SavedOption,
  SavedParamState,
  StateKind,
} from "./optimizers/optimizer-state.ts";
export { Optimizer, type Trained } from "./optimizers/optimizer.ts";
export { ComposedOptimizer, type ComposedOptions } from "./optimizers/composed-optimizer.ts";
export { SGD, type SGDOptions } from "./optimizers/sgd.ts";
export { Adam, type AdamOptions } from "./optimizers/adam.ts";
export { AdamW } from "./optimizers/adamw.ts";
export { RMSprop, type RMSpropOptions } from "./optimizers/rmsprop.ts";
export { Adagrad, type AdagradOptions } from "./optimizers/adagrad.ts";
export { Adadelta, type AdadeltaOptions } from "./optimizers/adadelta.ts";
export { Adamax, type AdamaxOptions } from "./optimizers/adamax.ts";
export { NAdam, type NAdamOptions } from "./optimizers/nadam.ts";
export { Adafactor, type AdafactorOptions } from "./optimizers/adafactor.ts";
export { Muon, type MuonOptions } from "./optimizers/muon.ts";
export { Rprop, type RpropOptions } from "./optimizers/rprop.ts";
export { ASGD, type ASGDOptions } from "./optimizers/asgd.ts";
export { RAdam, type RAdamOptions } from "./optimizers/radam.ts";
export { LBFGS, type LBFGSOptions } from "./optimizers/lbfgs.ts";

export { LRScheduler, type Scheduled, type ScheduledGroup, type SchedulerStateDict } from "./schedules/lr-scheduler.ts";
export type { GroupSchedule } from "./schedules/group-schedule.ts";
export { StepLR } from "./schedules/step-lr.ts";
export { MultiStepLR } from "./schedules/multi-step-lr.ts";
export { ConstantLR, type ConstantLROptions } from "./schedules/constant-lr.ts";
export { LinearLR, type LinearLROptions } from "./schedules/linear-lr.ts";
export { ExponentialLR } from "./schedules/exponential-lr.ts";
export { PolynomialLR, type PolynomialLROptions } from "./schedules/polynomial-lr.ts";
export { LambdaLR, type LambdaStateDict, type LrLambda } from "./schedules/lambda-lr.ts";
export { MultiplicativeLR } from "./schedules/multiplicative-lr.ts";
export { CosineAnnealingLR } from "./schedules/cosine-annealing-lr.ts";
export * from "./schedules/cosine-annealing-warm-restarts.ts";
export { OneCycleLR, type OneCycleLROptions } from "./schedules/one-cycle-lr.ts";
export { CyclicLR, type CyclicLROptions } from "./schedules/cyclic-lr.ts";
export * from "./schedules/reduce-lr-on-plateau.ts";
export { SWALR, type SWALROptions } from "./schedules/swa-lr.ts";
export { ChainedScheduler } from "./schedules/chained-scheduler.ts";
export { ComposedSchedule, type SchedulersStateDict } from "./schedules/composed-schedule.ts";
export { SequentialLR } from "./schedules/sequential-lr.ts";

export { clipGradNorm } from "./gradients/clip-grad-norm.ts";
export { clipGradValue } from "./gradients/clip-grad-value.ts";
export { WeightAverage, type WeightAverageStateDict } from "./optimizers/weight-average.ts";
