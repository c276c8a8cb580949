export { broadcastablePairs, shapes } from "./arbitraries/shapes.ts";
export type { BroadcastablePair, ShapeOptions } from "./arbitraries/shapes.ts";
export { gridValues, tensors } from "./arbitraries/tensors.ts";
export type { GridOptions, TensorOptions } from "./arbitraries/tensors.ts";
export { conv2dConfigurations } from "./arbitraries/conv2d.ts";
export type { Conv2dConfiguration, Conv2dOptions } from "./arbitraries/conv2d.ts";
export { batchNormConfigurations } from "./arbitraries/batch-norm.ts";
export type { BatchNormConfiguration, BatchNormOptions } from "./arbitraries/batch-norm.ts";
export { stateDicts } from "./arbitraries/state-dicts.ts";
export type { StateDictOptions } from "./arbitraries/state-dicts.ts";
export { labelledSets } from "./arbitraries/labelled-sets.ts";
export type { LabelledExample, LabelledSet, LabelledSetOptions } from "./arbitraries/labelled-sets.ts";
export { layers } from "./arbitraries/layers.ts";
export type { LayerOptions } from "./arbitraries/layers.ts";
export { kinkedLayers, layerKinds } from "./arbitraries/layer-kinds.ts";
export type { LayerKind } from "./arbitraries/layer-kinds.ts";
export { architectures } from "./arbitraries/architectures.ts";
export type { ArchitectureOptions } from "./arbitraries/architectures.ts";
export { ModuleSpec, layerSpec, sequentialSpec } from "./arbitraries/module-spec.ts";
export type { ModuleSpecFields } from "./arbitraries/module-spec.ts";
export {
  OptimizerSpec,
  maximizingOptimizers,
  optimizerKinds,
  optimizers,
  rescalableOptimizers,
} from "./arbitraries/optimizers.ts";
export type { OptimizerKind, OptimizerOptions, OptimizerSpecFields } from "./arbitraries/optimizers.ts";
export { ScheduleSpec, scheduleLength, schedules } from "./arbitraries/schedules.ts";

export { linearity } from "./laws/linearity.ts";
export type { LinearSubject } from "./laws/linearity.ts";
export { gradientMatchesFiniteDifference, secondGradientMatchesFiniteDifference } from "./laws/gradient.ts";
export type { DifferentiableSubject } from "./laws/gradient.ts";
export { moduleGradientLaw, moduleSecondGradientLaw } from "./laws/module-gradient.ts";
export type { ModuleGradientOptions } from "./laws/module-gradient.ts";
export { batchNormRuns, runningStatisticsLaw } from "./laws/running-statistics.ts";
export type { BatchNormLike, BatchNormRun } from "./laws/running-statistics.ts";
export { scaleAndShiftInvariance } from "./laws/invariance.ts";
export type { Normalization, ScaledBatch } from "./laws/invariance.ts";
export { evalChangesNothing, saveLoadIdentity } from "./laws/state.ts";
export type { StateSubject, StatefulModule } from "./laws/state.ts";
export { trainingMovesStatisticsOnly } from "./laws/training.ts";
export type { TrainableModule, TrainableSubject } from "./laws/training.ts";
export { batchPermutationEquivariance, evalIgnoresTheBatch } from "./laws/batch.ts";
export type { RoundingOptions } from "./laws/batch.ts";
export { channelPermutationEquivariance, shiftEquivariance } from "./laws/convolution.ts";
export type { ConvolutionSubject, Shift, ShiftSubject } from "./laws/convolution.ts";
export { modeReachesEveryModule } from "./laws/mode.ts";
export type { ModedModule, ModuleTree } from "./laws/mode.ts";
export { roundTripIdentity } from "./laws/serialization.ts";
export type { RoundTrip } from "./laws/serialization.ts";
export { currentDeviceIndependence, deviceAgreement, threadCountAgreement } from "./laws/agreement.ts";
export type { DeviceAgreementOptions } from "./laws/agreement.ts";
export { gradientScaleLaw, maximizeLaw, optimizerRuns, resumeLaw, zeroGradientLaw } from "./laws/optimizer.ts";
export type {
  MaximizingSubject,
  OptimizerLike,
  OptimizerRun,
  OptimizerSubject,
  RescalableSubject,
} from "./laws/optimizer.ts";
export { scheduleResumeLaw } from "./laws/schedule.ts";
export type { ScheduleLike, ScheduleRun, ScheduleSubject } from "./laws/schedule.ts";

export { expectClose } from "./expect-close.ts";
export type { Comparable, Tolerance } from "./expect-close.ts";
export { tensorMatchers } from "./matchers.ts";
export type { MatchResult, TensorAssertions } from "./matchers.ts";
export { equalityTesters } from "./equality-testers.ts";
export type { EqualityTester, TesterContext } from "./equality-testers.ts";
export { useTestRunner } from "./test-runner.ts";
export type { TestRunner } from "./test-runner.ts";
export { eachDevice, portableDevices, setTestDevices } from "./each-device.ts";
export { conformance } from "./conformance.ts";
export type { ConformanceRow, HostTensor } from "./conformance-row.ts";
export { goldenNames, goldenTensor, goldenValues, loadGolden } from "./golden.ts";
export type { GoldenCase, GoldenKinds, GoldenTensor, GoldenTensors } from "./golden.ts";
