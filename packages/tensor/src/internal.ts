// What tapegrad's other packages need of this one and its users do not: anything here may change in any version.
export {
  checkBoolean,
  checkFunction,
  checkInteger,
  checkNumber,
  checkSeed,
  checkString,
  refuseUnknownOptions,
  showValue,
} from "./arguments.ts";
export { checkFloat, checkOptionalTensor, checkTensor, checkTensors, showNonTensor } from "./check-tensor.ts";
export { checkSameDevice } from "./check-device.ts";
export { isNumberArray } from "./number-array.ts";
export { checkIndices } from "./index-range.ts";
export { checkGenerator } from "./random.ts";
export { channelsLastHint, showShape } from "./shape.ts";

export { evictResults, releaseRecord } from "./op.ts";
export { adopt, collectInto, isKept, ownedByScope } from "./ownership.ts";
export { Nesting } from "./nesting.ts";
export { nextTask } from "./clock.ts";

export { SavedFields, isPlainObject, isStoredTensor } from "./saved-fields.ts";
export { Incomparable, printAsText } from "./incomparable.ts";
export { noteLoss, takeNaNLoss } from "./last-loss.ts";
export { tellOnce } from "./tell-once.ts";
