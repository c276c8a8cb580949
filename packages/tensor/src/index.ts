export { Tensor } from "./tensor.ts";
export type { NestedArray } from "./tensor.ts";
export { allClose, equals } from "./equals.ts";
export type { AllCloseOptions } from "./equals.ts";
export type { DType, TypedArrayOf } from "./dtype.ts";
export type { Shape } from "./shape.ts";
export type { NumberArray } from "./number-array.ts";
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
} from "./create.ts";
export type { CreateOptions, RandomOptions } from "./create.ts";
export { refill, refillNormal, refillUniform } from "./refill.ts";
export type { RefillOptions } from "./refill.ts";
export { Generator, defaultGenerator, manualSeed } from "./random.ts";
export type { GeneratorState, RandomKey } from "./random.ts";
export type { SavedMap, StoredTensor } from "./saved-fields.ts";
export { scope, keep } from "./scope.ts";
export { enableGrad, isRecording, noGrad } from "./recording.ts";
export {
  DTypeError,
  DeviceError,
  DisposedError,
  FileError,
  FormatError,
  GradientError,
  IndexError,
  OverlapError,
  ShapeError,
  TapegradError,
  ValueError,
} from "./errors.ts";
export {
  currentDevice,
  destroyDevices,
  deviceNames,
  deviceReport,
  memoryStats,
  setFusion,
  setThreads,
  useDevice,
  withDevice,
} from "./devices/choose.ts";
export type { DeviceAttempt, DeviceName, DeviceReport } from "./devices/choose.ts";
export type { Device, Handle, HostValues, MemoryStats, Operand, OutputSpec } from "./devices/device.ts";

export { applyOp, defineMultiOp, defineOp, launch, launchOne, observeOps } from "./op.ts";
export type { MaybeTensor, Op, OpObserver, OpRecord, RecordedCall, SingleOp, VjpContext } from "./op.ts";
export { defineKernel } from "./kernel.ts";
export type { Kernel, OperandDType, OperandSpec } from "./kernel.ts";
export { Storage } from "./storage.ts";
export { broadcastShapes, checkShape, normalizeDim, normalizeDims, sameShape, sizeOf, stridesOf } from "./shape.ts";

export { abs } from "./ops/abs.ts";
export { neg } from "./ops/neg.ts";
export { sign } from "./ops/sign.ts";
export { exp } from "./ops/exp.ts";
export { log } from "./ops/log.ts";
export { log1p } from "./ops/log1p.ts";
export { sqrt } from "./ops/sqrt.ts";
export { rsqrt } from "./ops/rsqrt.ts";
export { square } from "./ops/square.ts";
export { reciprocal } from "./ops/reciprocal.ts";
export { sin } from "./ops/sin.ts";
export { cos } from "./ops/cos.ts";
export { tanh } from "./ops/tanh.ts";
export { erf } from "./ops/erf.ts";
export { clamp } from "./ops/clamp.ts";
export type { ClampOptions } from "./ops/clamp.ts";
export { cast } from "./ops/cast.ts";
export { clone } from "./ops/clone.ts";
export { toDevice } from "./ops/to-device.ts";

export { add } from "./ops/add.ts";
export { sub } from "./ops/sub.ts";
export { mul } from "./ops/mul.ts";
export { div } from "./ops/div.ts";
export { pow } from "./ops/pow.ts";
export { maximum } from "./ops/maximum.ts";
export { minimum } from "./ops/minimum.ts";
export { equal } from "./ops/equal.ts";
export { notEqual } from "./ops/not-equal.ts";
export { less } from "./ops/less.ts";
export { lessEqual } from "./ops/less-equal.ts";
export { greater } from "./ops/greater.ts";
export { greaterEqual } from "./ops/greater-equal.ts";
export { where } from "./ops/where.ts";
export type { Num } from "./ops/define-binary.ts";

export { relu } from "./ops/relu.ts";
export { reluGrad } from "./ops/relu-grad.ts";
export { leakyRelu } from "./ops/leaky-relu.ts";
export { elu } from "./ops/elu.ts";
export { sigmoid } from "./ops/sigmoid.ts";
export { silu } from "./ops/silu.ts";
export { softplus } from "./ops/softplus.ts";
export type { SoftplusOptions } from "./ops/softplus.ts";
export { gelu } from "./ops/gelu.ts";
export type { GeluOptions } from "./ops/gelu.ts";

export { sum } from "./ops/sum.ts";
export { mean } from "./ops/mean.ts";
export { prod } from "./ops/prod.ts";
export { amax } from "./ops/amax.ts";
export { amin } from "./ops/amin.ts";
export { max } from "./ops/max.ts";
export type { ValuesAndIndices } from "./ops/max.ts";
export { min } from "./ops/min.ts";
export { argmax } from "./ops/argmax.ts";
export { argmin } from "./ops/argmin.ts";
export { variance } from "./ops/variance.ts";
export type { VarianceOptions } from "./ops/variance.ts";
export { std } from "./ops/std.ts";
export { varMean } from "./ops/var-mean.ts";
export { logSumExp } from "./ops/log-sum-exp.ts";
export { norm } from "./ops/norm.ts";
export type { NormOptions } from "./ops/norm.ts";
export { cumsum } from "./ops/cumsum.ts";
export { cumprod } from "./ops/cumprod.ts";
export { sort } from "./ops/sort.ts";
export type { SortOptions } from "./ops/sort.ts";
export { argsort } from "./ops/argsort.ts";
export { topk } from "./ops/topk.ts";
export type { TopkOptions } from "./ops/topk.ts";
export { median } from "./ops/median.ts";
export { kthvalue } from "./ops/kthvalue.ts";
export { sumSquares } from "./ops/sum-squares.ts";
export { sumTo } from "./ops/sum-to.ts";
export type { ReduceOptions } from "./ops/reduce-axes.ts";

export { reshape } from "./ops/reshape.ts";
export { flatten } from "./ops/flatten.ts";
export { squeeze } from "./ops/squeeze.ts";
export { unsqueeze } from "./ops/unsqueeze.ts";
export { permute } from "./ops/permute.ts";
export { transpose } from "./ops/transpose.ts";
export { broadcastTo } from "./ops/broadcast-to.ts";
export { slice } from "./ops/slice.ts";
export { flip } from "./ops/flip.ts";
export { pad } from "./ops/pad.ts";
export type { PadAmount } from "./ops/pad.ts";
export { cat } from "./ops/cat.ts";
export { stack } from "./ops/stack.ts";
export { take } from "./ops/take.ts";
export { place } from "./ops/place.ts";
export type { Placement } from "./ops/place.ts";

export { indexSelect } from "./ops/index-select.ts";
export { gather } from "./ops/gather.ts";
export { scatterAdd } from "./ops/scatter-add.ts";
export { oneHot } from "./ops/one-hot.ts";

export { softmax } from "./ops/softmax.ts";
export { logSoftmax } from "./ops/log-softmax.ts";
export { applyKeepMask, dropout } from "./ops/dropout.ts";
export type { DropoutOptions } from "./ops/dropout.ts";
export { dropout2d } from "./ops/dropout2d.ts";

export { batchNorm } from "./ops/batch-norm.ts";
export type { BatchNormOptions } from "./ops/batch-norm.ts";
export { batchNormGrad } from "./ops/batch-norm-grad.ts";
export type { BatchNormStatistics } from "./ops/batch-norm-grad.ts";
export { crossEntropy } from "./ops/cross-entropy.ts";
export type { CrossEntropyOptions } from "./ops/cross-entropy.ts";
export { nllLoss } from "./ops/nll-loss.ts";
export type { NllLossOptions, Reduction } from "./ops/nll-loss.ts";
export { sgdStep } from "./ops/sgd-step.ts";
export type { SgdSlot, SgdStepOptions } from "./ops/sgd-step.ts";
export { adamStep } from "./ops/adam-step.ts";
export type { AdamSlot, AdamStepOptions } from "./ops/adam-step.ts";
export { matmul } from "./ops/matmul.ts";
export { einsum } from "./ops/einsum.ts";
export { linear } from "./ops/linear.ts";
export { maxPool2d } from "./ops/max-pool2d.ts";
export { maxPool2dWithIndices } from "./ops/max-pool2d-with-indices.ts";
export type { MaxPool2dOptions } from "./ops/max-pool2d.ts";
export { avgPool2d } from "./ops/avg-pool2d.ts";
export type { AvgPool2dOptions } from "./ops/avg-pool2d.ts";
export { adaptiveAvgPool2d } from "./ops/adaptive-avg-pool2d.ts";
export type { AdaptiveSize } from "./ops/adaptive-avg-pool2d.ts";
export { conv2d } from "./ops/conv2d.ts";
export type { Conv2dOptions } from "./ops/conv2d.ts";
export { conv2dInputGrad } from "./ops/conv2d-input-grad.ts";
export { conv2dWeightGrad } from "./ops/conv2d-weight-grad.ts";
export type { RowsAndColumns } from "./ops/rows-and-columns.ts";
export type { PoolOptions } from "./ops/pool-options.ts";

export { profile } from "./profile.ts";
export type { KernelProfile, Profile } from "./profile.ts";
