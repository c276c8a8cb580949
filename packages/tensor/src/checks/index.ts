// What ops check their arguments with. Files that tensors themselves need are imported one by one.
export * from "./arguments.ts";
export { checkDevice, checkSameDevice } from "./check-device.ts";
export { checkIndices } from "./check-indices.ts";
export { checkDTypeOf, checkFloats, checkOneDType, checkOperandList, checkOperands } from "./check-operands.ts";
export {
  broadcastShapes,
  channelsLastHint,
  checkElements,
  checkFit,
  checkShape,
  checkShapeOf,
  normalizeDim,
  normalizeDims,
} from "./check-shape.ts";
export { checkFloat, checkOptionalTensor, checkTensor, checkTensors, showNonTensor } from "./check-tensor.ts";
export { isPlainObject } from "./is-plain-object.ts";
