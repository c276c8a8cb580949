export { Parameter, type ParameterOptions } from "./module/parameter.ts";
export { Buffer, type BufferOptions } from "./module/buffer.ts";
export { Module, type Layer } from "./module/module.ts";
export * from "./module/module-hooks.ts";
export { StateDictError, type StateDict, type LoadOptions, type LoadResult } from "./module/load-state-dict.ts";
export { Sequential } from "./containers/sequential.ts";
export { ModuleList } from "./containers/module-list.ts";
export { ModuleDict } from "./containers/module-dict.ts";
export { Linear, type LinearOptions } from "./layers/linear.ts";
export { Convolution, type PaddingMode, type ConvolutionOptions } from "./layers/conv/convolution.ts";
export { Conv1d, type Conv1dOptions } from "./layers/conv/conv1d.ts";
export { Conv2d } from "./layers/conv/conv2d.ts";
export { ConvTranspose, type ConvTransposeOptions } from "./layers/conv/conv-transpose.ts";
export type { TransposedOptions } from "./layers/conv/transposed.ts";
export { ConvTranspose1d } from "./layers/conv/conv-transpose1d.ts";
export { ConvTranspose2d } from "./layers/conv/conv-transpose2d.ts";
export { BatchNorm, type BatchNormOptions } from "./layers/norm/batch-norm.ts";
export { BatchNorm1d } from "./layers/norm/batch-norm1d.ts";
export { BatchNorm2d } from "./layers/norm/batch-norm2d.ts";
export { GroupNorm, type GroupNormArguments, type GroupNormOptions } from "./layers/norm/group-norm.ts";
export { LayerNorm, type LayerNormArguments, type LayerNormOptions } from "./layers/norm/layer-norm.ts";
export { InstanceNorm, type InstanceNormArguments, type InstanceNormOptions } from "./layers/norm/instance-norm.ts";
export { InstanceNorm1d } from "./layers/norm/instance-norm1d.ts";
export { InstanceNorm2d } from "./layers/norm/instance-norm2d.ts";
export { RMSNorm, type RMSNormArguments, type RMSNormOptions } from "./layers/norm/rms-norm.ts";
export { LocalResponseNorm, type LocalResponseNormOptions } from "./layers/norm/local-response-norm.ts";
export type { DropoutOptions } from "./layers/dropout/dropout-base.ts";
export { Dropout } from "./layers/dropout/dropout.ts";
export { Dropout1d } from "./layers/dropout/dropout1d.ts";
export { Dropout2d } from "./layers/dropout/dropout2d.ts";
export { AlphaDropout } from "./layers/dropout/alpha-dropout.ts";
export { MaxPool2d } from "./layers/pool/max-pool2d.ts";
export { AvgPool2d } from "./layers/pool/avg-pool2d.ts";
export { MaxPool1d, type MaxPool1dOptions } from "./layers/pool/max-pool1d.ts";
export { AvgPool1d, type AvgPool1dOptions } from "./layers/pool/avg-pool1d.ts";
export type { MaxUnpoolOptions } from "./layers/pool/max-unpool.ts";
export { MaxUnpool1d } from "./layers/pool/max-unpool1d.ts";
export { MaxUnpool2d } from "./layers/pool/max-unpool2d.ts";
export { Unfold } from "./layers/patches/unfold.ts";
export { Fold } from "./layers/patches/fold.ts";
export type { PatchOptions } from "./layers/patches/patch-windows.ts";
export type { GridSampleOptions } from "./layers/sampling/grid-sample.ts";
export type { AffineGridOptions } from "./layers/sampling/affine-grid.ts";
export { LPPool1d, type LPPool1dOptions } from "./layers/pool/lp-pool1d.ts";
export { LPPool2d, type LPPool2dOptions } from "./layers/pool/lp-pool2d.ts";
export { AdaptiveAvgPool1d } from "./layers/pool/adaptive-avg-pool1d.ts";
export { AdaptiveMaxPool1d } from "./layers/pool/adaptive-max-pool1d.ts";
export { AdaptiveAvgPool2d, type OutputSize } from "./layers/pool/adaptive-avg-pool2d.ts";
export { AdaptiveMaxPool2d } from "./layers/pool/adaptive-max-pool2d.ts";
export { Upsample } from "./layers/resize/upsample.ts";
export { UpsamplingNearest2d } from "./layers/resize/upsampling-nearest2d.ts";
export { UpsamplingBilinear2d } from "./layers/resize/upsampling-bilinear2d.ts";
export type { InterpolateOptions } from "./layers/resize/interpolate.ts";
export { PixelShuffle } from "./layers/resize/pixel-shuffle.ts";
export { PixelUnshuffle } from "./layers/resize/pixel-unshuffle.ts";
export { ChannelShuffle } from "./layers/channel-shuffle.ts";
export { ZeroPad2d } from "./layers/resize/zero-pad2d.ts";
export { ReflectionPad2d } from "./layers/resize/reflection-pad2d.ts";
export { ReflectionPad1d } from "./layers/resize/reflection-pad1d.ts";
export { ReplicationPad1d } from "./layers/resize/replication-pad1d.ts";
export { ReplicationPad2d } from "./layers/resize/replication-pad2d.ts";
export { ConstantPad1d } from "./layers/resize/constant-pad1d.ts";
export { ConstantPad2d } from "./layers/resize/constant-pad2d.ts";
export { CircularPad2d } from "./layers/resize/circular-pad2d.ts";
export type { Border, SequenceBorder } from "./layers/resize/border-layer.ts";
export type { CellMode } from "./layers/conv/border-of-cells.ts";
export type { PadMode, PadBorderOptions } from "./layers/conv/padding.ts";
export { Flatten, type FlattenOptions } from "./layers/flatten.ts";
export { Unflatten } from "./layers/unflatten.ts";
export { Identity } from "./layers/identity.ts";
export { Embedding, type EmbeddingOptions } from "./layers/embedding.ts";
export { ReLU } from "./layers/activations/relu.ts";
export { LeakyReLU } from "./layers/activations/leaky-relu.ts";
export { ReLU6 } from "./layers/activations/relu6.ts";
export { ELU } from "./layers/activations/elu.ts";
export { SELU } from "./layers/activations/selu.ts";
export { CELU } from "./layers/activations/celu.ts";
export { GELU } from "./layers/activations/gelu.ts";
export { SiLU } from "./layers/activations/silu.ts";
export { Mish } from "./layers/activations/mish.ts";
export { Softplus } from "./layers/activations/softplus.ts";
export { Softsign } from "./layers/activations/softsign.ts";
export { PReLU, type PReLUOptions } from "./layers/activations/prelu.ts";
export { Hardtanh, type HardtanhOptions } from "./layers/activations/hardtanh.ts";
export { Hardsigmoid } from "./layers/activations/hardsigmoid.ts";
export { Hardswish } from "./layers/activations/hardswish.ts";
export { Sigmoid } from "./layers/activations/sigmoid.ts";
export { LogSigmoid } from "./layers/activations/log-sigmoid.ts";
export { Tanh } from "./layers/activations/tanh.ts";
export { Softmax } from "./layers/activations/softmax.ts";
export { LogSoftmax } from "./layers/activations/log-softmax.ts";
export { Softmin } from "./layers/activations/softmin.ts";
export { Softmax2d } from "./layers/activations/softmax2d.ts";
export { GLU } from "./layers/activations/glu.ts";
export { Threshold } from "./layers/shrinks/threshold.ts";
export { Hardshrink } from "./layers/shrinks/hardshrink.ts";
export { Softshrink } from "./layers/shrinks/softshrink.ts";
export { Tanhshrink } from "./layers/shrinks/tanhshrink.ts";
export { CosineSimilarity, type CosineSimilarityOptions } from "./layers/distance/cosine-similarity.ts";
export { PairwiseDistance, type PairwiseDistanceOptions } from "./layers/distance/pairwise-distance.ts";
export type { NormalizeOptions } from "./layers/distance/normalize.ts";
export { CrossEntropyLoss } from "./losses/cross-entropy-loss.ts";
export { NLLLoss } from "./losses/nll-loss.ts";
export { MSELoss } from "./losses/mse-loss.ts";
export { L1Loss } from "./losses/l1-loss.ts";
export { SmoothL1Loss, type SmoothL1LossOptions } from "./losses/smooth-l1-loss.ts";
export { HuberLoss, type HuberLossOptions } from "./losses/huber-loss.ts";
export { BCELoss, type BCELossOptions } from "./losses/bce-loss.ts";
export { BCEWithLogitsLoss, type BCEWithLogitsLossOptions } from "./losses/bce-with-logits-loss.ts";
export { KLDivLoss, type KLDivLossOptions } from "./losses/kl-div-loss.ts";
export { MarginRankingLoss, type MarginRankingLossOptions } from "./losses/margin-ranking-loss.ts";
export { HingeEmbeddingLoss, type HingeEmbeddingLossOptions } from "./losses/hinge-embedding-loss.ts";
export { CosineEmbeddingLoss, type CosineEmbeddingLossOptions } from "./losses/cosine-embedding-loss.ts";
export { TripletMarginLoss, type TripletMarginLossOptions } from "./losses/triplet-margin-loss.ts";
export { MultiMarginLoss, type MultiMarginLossOptions } from "./losses/multi-margin-loss.ts";
export { MultiLabelMarginLoss } from "./losses/multi-label-margin-loss.ts";
export {
  MultiLabelSoftMarginLoss,
  type MultiLabelSoftMarginLossOptions,
} from "./losses/multi-label-soft-margin-loss.ts";
export { SoftMarginLoss } from "./losses/soft-margin-loss.ts";
export { PoissonNLLLoss, type PoissonNLLLossOptions } from "./losses/poisson-nll-loss.ts";
export { GaussianNLLLoss, type GaussianNLLLossOptions } from "./losses/gaussian-nll-loss.ts";
export type { ReductionOptions } from "./losses/loss.ts";
export type {
  AvgPool2dOptions,
  CrossEntropyOptions,
  GeluOptions,
  MaxPool2dOptions,
  NllLossOptions,
  Reduction,
  RowsAndColumns,
  SoftplusOptions,
} from "@tapegrad/tensor";
export type { Extents } from "./checks/check-sizes.ts";
export { weightNorm, type WeightNormOptions } from "./parametrize/weight-norm.ts";
export { spectralNorm, type SpectralNormOptions } from "./parametrize/spectral-norm.ts";
export { fuseConvBatchNorm } from "./statistics/fuse-conv-batch-norm.ts";
export { summary, type SummaryRow, type Summary } from "./report/summary.ts";
export { evaluating, training } from "./modes/scoped-modes.ts";
export { inspectModes, type ModeReport, type ModuleModes } from "./modes/inspect-modes.ts";
export {
  compareModes,
  type CompareModesOptions,
  type DivergenceCause,
  type LayerComparison,
  type ModeComparison,
  type StatisticsGap,
} from "./modes/compare-modes.ts";
export { comparisonSvg, type ComparisonSvgOptions } from "./modes/comparison-svg.ts";
export {
  ModeError,
  setModeGuard,
  withoutModeGuard,
  type ModeFinding,
  type ModeGuardAction,
  type ModeGuardOptions,
  type ModeMistake,
} from "./modes/mode-guard.ts";
export { updateBatchNorm, type UpdateBatchNormOptions } from "./statistics/update-batch-norm.ts";
export type { BatchLike, Batches } from "./statistics/inputs-of.ts";
export {
  statisticsDrift,
  type ChannelDistances,
  type LayerDrift,
  type StatisticsDrift,
} from "./statistics/statistics-drift.ts";
export { foldBatchNorm } from "./statistics/fold-batch-norm.ts";
export { replaceModules } from "./statistics/replace-modules.ts";
export * as functional from "./functional.ts";
export * as init from "./init.ts";
