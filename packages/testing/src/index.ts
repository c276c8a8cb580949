export { broadcastablePairs, shapes, type BroadcastablePair, type ShapeOptions } from "./arbitraries/shapes.ts";
export { gridValues, tensors, type GridOptions, type TensorOptions } from "./arbitraries/tensors.ts";
export {
  conv2dConfigurations,
  type Conv2dConfiguration,
  type Conv2dConfigurationOptions,
} from "./arbitraries/conv2d.ts";
export {
  batchNormConfigurations,
  type BatchNormConfiguration,
  type BatchNormConfigurationOptions,
} from "./arbitraries/batch-norm.ts";
export { stateDicts, type StateDictOptions } from "./arbitraries/state-dicts.ts";
export {
  labelledSets,
  type LabelledExample,
  type LabelledSet,
  type LabelledSetOptions,
} from "./arbitraries/labelled-sets.ts";
export { layers, type LayerOptions } from "./arbitraries/layers.ts";
export { kinkedLayers, layerKinds, type LayerKind } from "./arbitraries/layer-kinds.ts";
export { architectures, type ArchitectureOptions } from "./arbitraries/architectures.ts";
export {
  ClassificationSpec,
  classifications,
  type ClassificationOptions,
  type ClassificationSpecFields,
  type MadeClassification,
} from "./arbitraries/classifications.ts";
export { ModuleSpec, layerSpec, sequentialSpec, type ModuleSpecFields } from "./arbitraries/module-spec.ts";
export {
  OptimizerSpec,
  maximizingOptimizers,
  optimizerKinds,
  optimizers,
  rescalableOptimizers,
  type OptimizerKind,
  type OptimizerOptions,
  type OptimizerSpecFields,
} from "./arbitraries/optimizers.ts";
export { ScheduleSpec, scheduleLength, schedules } from "./arbitraries/schedules.ts";
export {
  TrainingSpec,
  trainings,
  type DrawnBatches,
  type MadeTraining,
  type TrainingOptions,
  type TrainingSpecFields,
} from "./arbitraries/trainings.ts";

export { linearity, type LinearSubject, type Terms } from "./laws/linearity.ts";
export {
  gradientMatchesFiniteDifference,
  secondGradientMatchesFiniteDifference,
  type DifferentiableSubject,
} from "./laws/gradient.ts";
export { moduleGradientLaw, moduleSecondGradientLaw, type ModuleGradientOptions } from "./laws/module-gradient.ts";
export {
  batchNormRuns,
  runningStatisticsLaw,
  type BatchNormLike,
  type BatchNormRun,
} from "./laws/running-statistics.ts";
export { scaleAndShiftInvariance, type Normalization, type ScaledBatch } from "./laws/invariance.ts";
export { evalChangesNothing, saveLoadIdentity, type StateSubject, type StatefulModule } from "./laws/state.ts";
export { trainingMovesStatisticsOnly, type TrainableModule, type TrainableSubject } from "./laws/training.ts";
export { batchPermutationEquivariance, evalIgnoresTheBatch, type RoundingOptions } from "./laws/batch.ts";
export {
  channelPermutationEquivariance,
  shiftEquivariance,
  type ConvolutionSubject,
  type Shift,
  type ShiftSubject,
} from "./laws/convolution.ts";
export { modeReachesEveryModule, type Mode, type ModedModule, type ModuleTree } from "./laws/mode.ts";
export { roundTripIdentity, type RoundTrip } from "./laws/serialization.ts";
export {
  currentDeviceIndependence,
  deviceAgreement,
  threadCountAgreement,
  type DeviceAgreementOptions,
} from "./laws/agreement.ts";
export {
  gradientScaleLaw,
  maximizeLaw,
  optimizerRuns,
  resumeLaw,
  zeroGradientLaw,
  type MaximizingSubject,
  type OptimizerLike,
  type OptimizerRun,
  type OptimizerSubject,
  type RescalableSubject,
} from "./laws/optimizer.ts";
export { trainingStepLaw, type TrainingStepLawOptions } from "./laws/training-step.ts";
export type { StepSubject, StepTraining, TrainingStep, TrainingStepOptimizer } from "./laws/step-trial.ts";
export { trainingResumeLaw, type ResumableTraining } from "./laws/training-resume.ts";
export { scheduleResumeLaw, type ScheduleLike, type ScheduleRun, type ScheduleSubject } from "./laws/schedule.ts";

export { expectClose, type Comparable, type HostTensor, type Structure, type Tolerance } from "./expect-close.ts";
export { tensorMatchers, type MatchResult, type TensorAssertions } from "./matchers.ts";
export { equalityTesters, type EqualityTester, type TesterContext } from "./equality-testers.ts";
export { useTestRunner, type TestRunner } from "./test-runner.ts";
export { eachDevice, portableDevices, setTestDevices } from "./each-device.ts";
