export { Tensor } from "./tensor.ts";
export type { NestedArray } from "./tensor.ts";
export type { DType, TypedArrayOf } from "./dtype.ts";
export type { Shape } from "./shape.ts";
export { arange, bernoulli, eye, fromHost, full, ones, onesLike, rand, randn, scalar, tensor, zeros, zerosLike } from "./create.ts";
export type { CreateOptions, RandomOptions } from "./create.ts";
export { Generator, defaultGenerator, manualSeed } from "./random.ts";
export type { GeneratorState } from "./random.ts";
export { scope, keep } from "./scope.ts";
export { enableGrad, isRecording, noGrad } from "./op.ts";
export {
  DTypeError,
  DeviceError,
  DisposedError,
  FormatError,
  GradientError,
  IndexError,
  ShapeError,
  TapegradError,
  ValueError,
} from "./errors.ts";
export { currentDevice, destroyDevices, deviceNames, deviceReport, memoryStats, setThreads, useDevice, withDevice } from "./devices/choose.ts";
export type { DeviceAttempt, DeviceName, DeviceReport } from "./devices/choose.ts";
export type { Device, Handle, HostValues, MemoryStats, Operand, OutputSpec } from "./devices/device.ts";

export { applyOp, defineMultiOp, defineOp, launch, launchOne, observeOps } from "./op.ts";
export type { MaybeTensor, Op, OpObserver, OpRecord, SingleOp, VjpContext } from "./op.ts";
export { defineKernel } from "./kernel.ts";
export type { Kernel, OperandSpec } from "./kernel.ts";
export { adopt, collectInto, isKept } from "./scope.ts";
export { Storage } from "./storage.ts";
export { broadcastShapes, checkShape, normalizeDim, normalizeDims, sameShape, showShape, sizeOf, stridesOf } from "./shape.ts";
export { checkIndices } from "./index-range.ts";
