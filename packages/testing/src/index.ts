export { broadcastablePairs, shapes } from "./arbitraries/shapes.ts";
export type { BroadcastablePair, ShapeOptions } from "./arbitraries/shapes.ts";
export { gridValues, tensors } from "./arbitraries/tensors.ts";
export type { GridOptions, TensorOptions } from "./arbitraries/tensors.ts";
export { conv2dConfigurations } from "./arbitraries/conv2d.ts";
export type { Conv2dConfiguration, Conv2dOptions } from "./arbitraries/conv2d.ts";
export { batchNormConfigurations } from "./arbitraries/batch-norm.ts";
export type { BatchNormConfiguration, BatchNormOptions } from "./arbitraries/batch-norm.ts";

export { linearity } from "./laws/linearity.ts";
export type { LinearSubject } from "./laws/linearity.ts";
export { gradientMatchesFiniteDifference, secondGradientMatchesFiniteDifference } from "./laws/gradient.ts";
export type { DifferentiableSubject } from "./laws/gradient.ts";
export { batchNormRuns, runningStatisticsLaw } from "./laws/running-statistics.ts";
export type { BatchNormLike, BatchNormRun } from "./laws/running-statistics.ts";
export { evalChangesNothing, saveLoadIdentity } from "./laws/state.ts";
export type { StateSubject, StatefulModule } from "./laws/state.ts";
export { modeReachesEveryModule } from "./laws/mode.ts";
export type { ModedModule, ModuleTree } from "./laws/mode.ts";

export { expectClose } from "./expect-close.ts";
export type { Comparable, Tolerance } from "./expect-close.ts";
export { eachDevice, portableDevices } from "./each-device.ts";
export { conformance } from "./conformance.ts";
export type { ConformanceRow, HostTensor } from "./conformance-row.ts";
export { goldenNames, goldenTensor, goldenValues, loadGolden } from "./golden.ts";
export type { GoldenCase, GoldenKinds, GoldenTensor, GoldenTensors } from "./golden.ts";
