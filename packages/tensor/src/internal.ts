// What tapegrad's other packages need of this one and its users do not: anything here may change in any version.
export * from "./checks/index.ts";
export { isNumberArray } from "./tensor/number-array.ts";
export { checkGenerator } from "./tensor/random.ts";
export { setRecording, untilSettled } from "./tensor/recording.ts";
export { showShape } from "./tensor/shape.ts";

export { evictResults, releaseRecord } from "./op.ts";
export { adopt, collectInto, isKept, ownedByScope } from "./tensor/ownership.ts";
export { Nesting } from "./tensor/nesting.ts";
export { mayStartWorkers, nextTask, nodeBuiltin } from "#host";

export { SavedFields, isStoredTensor } from "./tensor/saved-fields.ts";
export { Incomparable, printAsText } from "./tensor/incomparable.ts";
export { noteLoss, noteStep, tellOfNaN } from "./tensor/last-loss.ts";
export { tellOnce } from "./checks/tell-once.ts";

export { batchNormFor, checkMomentum } from "./ops/batch-norm/batch-norm.ts";
export { type BatchNormWatcher, watchBatchNorm } from "./ops/batch-norm/batch-norm-watch.ts";
export {
  type ChangeObserver,
  explainChange,
  hideFromRecorders,
  isHidden,
  observeChanges,
} from "./tensor/explain-change.ts";
export { divideByRms } from "./ops/internal/divide-by-rms.ts";
export { pickGrid } from "./ops/internal/pick-grid.ts";
export { asExtents } from "./ops/internal/rows-and-columns.ts";
export { cellsAround } from "./ops/conv2d/conv2d-options.ts";
export { avgPool2dFor, checkDivisor } from "./ops/pool2d/avg-pool2d.ts";
export { maxPool2dFor } from "./ops/pool2d/max-pool2d-with-indices.ts";
export { conv2dFor } from "./ops/conv2d/conv2d.ts";
export { maskedBy } from "./ops/activations/dropout.ts";
export { geluTanh as geluTanhOpcode } from "./devices/wasm/generated/opcodes.ts";
export type { Reduced } from "./ops/internal/reduce-axes.ts";
