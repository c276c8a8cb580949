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
export type { RandomKey } from "./tensor/random-values.ts";
export type { SavedMap, StoredTensor } from "./tensor/saved-fields.ts";
export { scope, keep } from "./tensor/scope.ts";
export { enableGrad, isRecording, noGrad } from "./tensor/recording.ts";
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
  type DeviceAttempt,
  type DeviceName,
  type DeviceOptions,
  type DeviceReport,
} from "./devices/choose.ts";
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
export { defineKernel, type Kernel, type OperandDType, type OperandSpec } from "./devices/kernel.ts";
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
export {
  broadcastShapes,
  checkShape,
  normalizeDim,
  normalizeDims,
  sameShape,
  sizeOf,
  stridesOf,
  type Shape,
} from "./tensor/shape.ts";

export { abs } from "./ops/elementwise/abs.ts";
export { neg } from "./ops/elementwise/neg.ts";
export { sign } from "./ops/elementwise/sign.ts";
export { exp } from "./ops/elementwise/exp.ts";
export { log } from "./ops/elementwise/log.ts";
export { log1p } from "./ops/elementwise/log1p.ts";
export { sqrt } from "./ops/elementwise/sqrt.ts";
export { rsqrt } from "./ops/elementwise/rsqrt.ts";
export { square } from "./ops/elementwise/square.ts";
export { reciprocal } from "./ops/elementwise/reciprocal.ts";
export { sin } from "./ops/elementwise/sin.ts";
export { cos } from "./ops/elementwise/cos.ts";
export { tanh } from "./ops/activations/tanh.ts";
export { erf } from "./ops/elementwise/erf.ts";
export { clamp, type ClampOptions } from "./ops/elementwise/clamp.ts";
export { cast } from "./ops/copy/cast.ts";
export { clone } from "./ops/copy/clone.ts";
export { toDevice } from "./ops/copy/to-device.ts";

export { add } from "./ops/elementwise/add.ts";
export { sub } from "./ops/elementwise/sub.ts";
export { mul } from "./ops/elementwise/mul.ts";
export { div } from "./ops/elementwise/div.ts";
export { pow } from "./ops/elementwise/pow.ts";
export { maximum } from "./ops/elementwise/maximum.ts";
export { minimum } from "./ops/elementwise/minimum.ts";
export { lerp } from "./ops/elementwise/lerp.ts";
export { addcmul, type ScaledOptions } from "./ops/elementwise/addcmul.ts";
export { addcdiv } from "./ops/elementwise/addcdiv.ts";
export { nanToNum, type NanToNumOptions } from "./ops/elementwise/nan-to-num.ts";

export { floor } from "./ops/functions/floor.ts";
export { ceil } from "./ops/functions/ceil.ts";
export { round, type RoundOptions } from "./ops/functions/round.ts";
export { trunc } from "./ops/functions/trunc.ts";
export { frac } from "./ops/functions/frac.ts";
export { fmod } from "./ops/functions/fmod.ts";
export { remainder } from "./ops/functions/remainder.ts";
export { exp2 } from "./ops/functions/exp2.ts";
export { expm1 } from "./ops/functions/expm1.ts";
export { log2 } from "./ops/functions/log2.ts";
export { log10 } from "./ops/functions/log10.ts";
export { sinh } from "./ops/functions/sinh.ts";
export { cosh } from "./ops/functions/cosh.ts";
export { tan } from "./ops/functions/tan.ts";
export { asin } from "./ops/functions/asin.ts";
export { acos } from "./ops/functions/acos.ts";
export { atan } from "./ops/functions/atan.ts";
export { atan2 } from "./ops/functions/atan2.ts";
export { asinh } from "./ops/functions/asinh.ts";
export { acosh } from "./ops/functions/acosh.ts";
export { atanh } from "./ops/functions/atanh.ts";
export { hypot } from "./ops/special/hypot.ts";
export { logaddexp } from "./ops/special/logaddexp.ts";
export { logaddexp2 } from "./ops/special/logaddexp2.ts";
export { sinc } from "./ops/special/sinc.ts";
export { xlogy } from "./ops/special/xlogy.ts";
export { logit, type LogitOptions } from "./ops/special/logit.ts";
export { deg2rad } from "./ops/special/deg2rad.ts";
export { rad2deg } from "./ops/special/rad2deg.ts";
export { heaviside } from "./ops/special/heaviside.ts";
export { copysign } from "./ops/special/copysign.ts";
export { signbit } from "./ops/special/signbit.ts";
export { fmax } from "./ops/special/fmax.ts";
export { fmin } from "./ops/special/fmin.ts";
export { floorDivide } from "./ops/special/floor-divide.ts";
export { equal } from "./ops/comparison/equal.ts";
export { notEqual } from "./ops/comparison/not-equal.ts";
export { less } from "./ops/comparison/less.ts";
export { lessEqual } from "./ops/comparison/less-equal.ts";
export { greater } from "./ops/comparison/greater.ts";
export { greaterEqual } from "./ops/comparison/greater-equal.ts";
export { where } from "./ops/comparison/where.ts";
export { isnan } from "./ops/comparison/isnan.ts";
export { isinf } from "./ops/comparison/isinf.ts";
export { isfinite } from "./ops/comparison/isfinite.ts";
export { isposinf } from "./ops/comparison/isposinf.ts";
export { isneginf } from "./ops/comparison/isneginf.ts";
export { isclose } from "./ops/comparison/isclose.ts";
export { isin, type IsinOptions } from "./ops/comparison/isin.ts";
export { logicalAnd } from "./ops/comparison/logical-and.ts";
export { logicalOr } from "./ops/comparison/logical-or.ts";
export { logicalXor } from "./ops/comparison/logical-xor.ts";
export { logicalNot } from "./ops/comparison/logical-not.ts";
export type { Num } from "./ops/internal/define-binary.ts";

export { relu } from "./ops/activations/relu.ts";
export { reluGrad } from "./ops/activations/relu-grad.ts";
export { leakyRelu } from "./ops/activations/leaky-relu.ts";
export { elu } from "./ops/activations/elu.ts";
export { sigmoid } from "./ops/activations/sigmoid.ts";
export { silu } from "./ops/activations/silu.ts";
export { softplus, type SoftplusOptions } from "./ops/activations/softplus.ts";
export { gelu, type GeluOptions } from "./ops/activations/gelu.ts";

export { sum } from "./ops/reduction/sum.ts";
export { mean } from "./ops/reduction/mean.ts";
export { prod } from "./ops/reduction/prod.ts";
export { amax } from "./ops/reduction/amax.ts";
export { amin } from "./ops/reduction/amin.ts";
export { max, type ValuesAndIndices } from "./ops/reduction/max.ts";
export { min } from "./ops/reduction/min.ts";
export { argmax } from "./ops/reduction/argmax.ts";
export { argmin } from "./ops/reduction/argmin.ts";
export { variance, type VarianceOptions } from "./ops/reduction/variance.ts";
export { std } from "./ops/reduction/std.ts";
export { varMean } from "./ops/reduction/var-mean.ts";
export { stdMean } from "./ops/reduction/std-mean.ts";
export { any } from "./ops/reduction/any.ts";
export { all } from "./ops/reduction/all.ts";
export { aminmax, type MinAndMax } from "./ops/reduction/aminmax.ts";
export { logSumExp } from "./ops/reduction/log-sum-exp.ts";
export { norm, type NormOptions } from "./ops/reduction/norm.ts";
export { cdist, type CdistOptions } from "./ops/reduction/cdist.ts";
export { histc, type HistcOptions } from "./ops/reduction/histc.ts";
export { cumsum } from "./ops/reduction/cumsum.ts";
export { cumprod } from "./ops/reduction/cumprod.ts";
export { cummax } from "./ops/cumulative/cummax.ts";
export { cummin } from "./ops/cumulative/cummin.ts";
export { logcumsumexp } from "./ops/cumulative/logcumsumexp.ts";
export { diff, type DiffOptions } from "./ops/cumulative/diff.ts";
export { trapezoid, type TrapezoidOptions } from "./ops/cumulative/trapezoid.ts";
export { cumulativeTrapezoid } from "./ops/cumulative/cumulative-trapezoid.ts";
export { nansum } from "./ops/statistics/nansum.ts";
export { nanmean } from "./ops/statistics/nanmean.ts";
export { nanmedian } from "./ops/statistics/nanmedian.ts";
export { countNonzero } from "./ops/statistics/count-nonzero.ts";
export { mode } from "./ops/statistics/mode.ts";
export { quantile } from "./ops/statistics/quantile.ts";
export { nanquantile } from "./ops/statistics/nanquantile.ts";
export type { QuantileOptions } from "./ops/statistics/quantile-of.ts";
export { cov, type CovOptions } from "./ops/statistics/cov.ts";
export { corrcoef } from "./ops/statistics/corrcoef.ts";
export { sort, type SortOptions } from "./ops/order/sort.ts";
export { argsort } from "./ops/order/argsort.ts";
export { topk, type TopkOptions } from "./ops/order/topk.ts";
export { median } from "./ops/reduction/median.ts";
export { kthvalue } from "./ops/order/kthvalue.ts";
export { msort } from "./ops/order/msort.ts";
export { searchsorted, type SearchOptions } from "./ops/order/searchsorted.ts";
export { bucketize } from "./ops/order/bucketize.ts";
export { unique, type Unique, type UniqueOptions } from "./ops/order/unique.ts";
export { sumSquares } from "./ops/reduction/sum-squares.ts";
export { sumTo } from "./ops/reduction/sum-to.ts";
export type { ReduceOptions } from "./ops/internal/reduce-axes.ts";

export { reshape } from "./ops/shape/reshape.ts";
export { flatten } from "./ops/shape/flatten.ts";
export { squeeze } from "./ops/shape/squeeze.ts";
export { unsqueeze } from "./ops/shape/unsqueeze.ts";
export { permute } from "./ops/shape/permute.ts";
export { transpose } from "./ops/shape/transpose.ts";
export { broadcastTo } from "./ops/shape/broadcast-to.ts";
export { slice } from "./ops/shape/slice.ts";
export { flip } from "./ops/shape/flip.ts";
export { pad, type PadAmount } from "./ops/shape/pad.ts";
export { cat } from "./ops/shape/cat.ts";
export { stack } from "./ops/shape/stack.ts";
export { take } from "./ops/shape/take.ts";
export { place, type Placement } from "./ops/shape/place.ts";
export { narrow } from "./ops/parts/narrow.ts";
export { select } from "./ops/parts/select.ts";
export { unbind } from "./ops/parts/unbind.ts";
export { split } from "./ops/parts/split.ts";
export { chunk } from "./ops/parts/chunk.ts";
export { tensorSplit } from "./ops/parts/tensor-split.ts";
export { repeat } from "./ops/arrange/repeat.ts";
export { tile } from "./ops/arrange/tile.ts";
export { repeatInterleave } from "./ops/arrange/repeat-interleave.ts";
export { roll } from "./ops/arrange/roll.ts";
export { movedim } from "./ops/arrange/movedim.ts";
export { swapaxes } from "./ops/arrange/swapaxes.ts";
export { tril } from "./ops/arrange/tril.ts";
export { triu } from "./ops/arrange/triu.ts";
export { diag } from "./ops/arrange/diag.ts";
export { diagonal, type DiagonalOptions } from "./ops/arrange/diagonal.ts";
export { diagEmbed } from "./ops/arrange/diag-embed.ts";
export { flipud } from "./ops/arrange/flipud.ts";
export { fliplr } from "./ops/arrange/fliplr.ts";
export { rot90 } from "./ops/arrange/rot90.ts";
export { hstack } from "./ops/arrange/hstack.ts";
export { vstack } from "./ops/arrange/vstack.ts";
export { dstack } from "./ops/arrange/dstack.ts";
export { columnStack } from "./ops/arrange/column-stack.ts";

export { indexSelect } from "./ops/indexing/index-select.ts";
export { gather } from "./ops/indexing/gather.ts";
export { scatterAdd } from "./ops/indexing/scatter-add.ts";
export { oneHot } from "./ops/indexing/one-hot.ts";
export { maskedFill } from "./ops/indexing/masked-fill.ts";
export { takeAlongDim } from "./ops/indexing/take-along-dim.ts";
export { indexAdd, type IndexAddOptions } from "./ops/indexing/index-add.ts";
export { scatter, type ScatterOptions } from "./ops/indexing/scatter.ts";
export { scatterReduce, type ScatterReduceOptions } from "./ops/indexing/scatter-reduce.ts";
export type { ScatterReduction } from "./ops/indexing/combined-at.ts";
export { indexFill } from "./ops/indexing/index-fill.ts";
export { indexCopy } from "./ops/indexing/index-copy.ts";
export { put } from "./ops/indexing/put.ts";
export { nonzero } from "./ops/indexing/nonzero.ts";
export { maskedSelect } from "./ops/indexing/masked-select.ts";
export { at } from "./ops/indexing/at.ts";
export { indexPut, type IndexPutOptions } from "./ops/indexing/index-put.ts";
export type { Position, Slice } from "./ops/internal/positions.ts";
export { bincount, type BincountOptions } from "./ops/indexing/bincount.ts";

export { linspace } from "./ops/create/linspace.ts";
export { logspace, type LogspaceOptions } from "./ops/create/logspace.ts";
export { meshgrid, type MeshgridOptions } from "./ops/create/meshgrid.ts";
export { fullLike } from "./ops/create/full-like.ts";
export { randLike, type RandomLikeOptions } from "./ops/create/rand-like.ts";
export { randnLike } from "./ops/create/randn-like.ts";
export { randint, type RandomIntegerOptions } from "./ops/create/randint.ts";
export { randperm } from "./ops/create/randperm.ts";
export { multinomial, type MultinomialOptions } from "./ops/create/multinomial.ts";

export { softmax } from "./ops/activations/softmax.ts";
export { logSoftmax } from "./ops/activations/log-softmax.ts";
export { applyKeepMask, dropout, type DropoutOptions } from "./ops/activations/dropout.ts";
export { dropout2d } from "./ops/activations/dropout2d.ts";

export { batchNorm, type BatchNormArguments } from "./ops/batch-norm/batch-norm.ts";
export { batchNormGrad, type BatchNormStatistics } from "./ops/batch-norm/batch-norm-grad.ts";
export { crossEntropy, type CrossEntropyOptions } from "./ops/losses/cross-entropy.ts";
export { nllLoss, type NllLossOptions, type Reduction } from "./ops/losses/nll-loss.ts";
export { sgdStep, type SgdSlot, type SgdStepOptions } from "./ops/optimizers/sgd-step.ts";
export { adamStep, type AdamSlot, type AdamStepOptions } from "./ops/optimizers/adam-step.ts";
export { matmul } from "./ops/linear/matmul.ts";
export { einsum } from "./ops/linear/einsum.ts";
export { outer } from "./ops/linear/outer.ts";
export { inner } from "./ops/linear/inner.ts";
export { tensordot, type TensordotOptions } from "./ops/linear/tensordot.ts";
export { kron } from "./ops/linear/kron.ts";
export { trace } from "./ops/linear/trace.ts";
export { cross } from "./ops/linear/cross.ts";
export { dist } from "./ops/linear/dist.ts";
export { vander, type VanderOptions } from "./ops/linear/vander.ts";
export { linear } from "./ops/linear/linear.ts";
export { maxPool2d, type MaxPool2dOptions } from "./ops/pool2d/max-pool2d.ts";
export { maxPool2dWithIndices } from "./ops/pool2d/max-pool2d-with-indices.ts";
export { avgPool2d, type AvgPool2dOptions } from "./ops/pool2d/avg-pool2d.ts";
export { adaptiveAvgPool2d, type AdaptiveSize } from "./ops/pool2d/adaptive-avg-pool2d.ts";
export { conv2d, type Conv2dOptions } from "./ops/conv2d/conv2d.ts";
export { conv2dInputGrad } from "./ops/conv2d/conv2d-input-grad.ts";
export { conv2dWeightGrad } from "./ops/conv2d/conv2d-weight-grad.ts";
export type { RowsAndColumns } from "./ops/internal/rows-and-columns.ts";
export type { PoolOptions } from "./ops/pool2d/pool-options.ts";

export { profile, type KernelProfile, type Profile } from "./tensor/profile.ts";
