export { Tensor, type NestedArray } from "./tensor/tensor.ts";
export { allClose, equals, type AllCloseOptions } from "./tensor/equals.ts";
export type { DType, TypedArrayOf } from "./tensor/dtype.ts";
export type { NumberArray } from "./tensor/number-array.ts";
export {
  arange,
  bernoulli,
  eye,
  fromHost,
  full,
  ones,
  onesLike,
  rand,
  randn,
  scalar,
  tensor,
  zeros,
  zerosLike,
  type CreateOptions,
  type RandomOptions,
} from "./tensor/create.ts";
export { refill, refillNormal, refillUniform, type RefillOptions } from "./tensor/refill.ts";
export { Generator, defaultGenerator, manualSeed, type GeneratorState } from "./tensor/random.ts";
export type { AleaState } from "./tensor/alea.ts";
export type { RandomKey } from "./tensor/random.ts";
export type { SavedMap, StoredTensor } from "./tensor/saved-fields.ts";
export { scope, keep } from "./tensor/scope.ts";
export { enableGrad, isRecording, noGrad } from "./tensor/recording.ts";
export * from "./errors.ts";
export * from "./devices/choose.ts";
export type { Device, Handle, HostValues, KernelCall, MemoryStats, Operand, OutputSpec } from "./devices/device.ts";

export {
  applyOp,
  defineMultiOp,
  defineOp,
  type MaybeTensor,
  type Op,
  type OpObserver,
  type OpRecord,
  observeOps,
  type SingleOp,
  type VjpContext,
} from "./op.ts";
export { launch, launchOne, type RecordedCall } from "./launch.ts";
export { type AnyKernel, defineKernel, type Kernel, type OperandDType, type OperandSpec } from "./devices/kernel.ts";
export type { GpuArgument, GpuGrid, GpuProgram, GpuStep } from "./devices/gpu/program.ts";
export type { GpuMode } from "./devices/gpu/open-gpu-device.ts";
export type {
  Address,
  Pointer,
  Scalar,
  WasmContext,
  WasmModuleSource,
  WasmOperand,
  WasmOutput,
} from "./devices/wasm/context.ts";
export type { SimdWidth } from "./devices/wasm/simd-width.ts";
export { Storage } from "./tensor/storage.ts";
export { broadcastShapes, checkShape, normalizeDim, normalizeDims } from "./checks/check-shape.ts";
export { sameShape, sizeOf, stridesOf, type Shape } from "./tensor/shape.ts";
export * from "./ops.ts";

export { profile, type KernelProfile, type Profile } from "./tensor/profile.ts";
