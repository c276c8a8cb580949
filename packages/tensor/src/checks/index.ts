// What ops check their arguments with. Files that tensors themselves need are imported one by one.
export {
  checkBoolean,
  checkFinite,
  checkInteger,
  checkNotNegative,
  checkNumber,
  checkProbability,
} from "./check-argument.ts";
export { checkDevice, checkSameDevice } from "./check-device.ts";
export { checkIndices } from "./check-indices.ts";
export { checkDTypeOf, checkFloats, checkOperandList, checkOperands } from "./check-operands.ts";
export {
  broadcastShapes,
  channelsLastHint,
  checkElements,
  checkShape,
  normalizeDim,
  normalizeDims,
} from "./check-shape.ts";
export { checkFloat, checkOptionalTensor, checkTensor, checkTensors, showNonTensor } from "./check-tensor.ts";
export { isPlainObject } from "./is-plain-object.ts";
export { type OptionCheck, type OptionRules, oneOf, orNull, readOptions } from "./read-options.ts";
export { showValue } from "./show-value.ts";
export { refuseUnknownOptions } from "./unknown-options.ts";
