export type { Batch, Dataset, PictureSample, Sample } from "./datasets/dataset.ts";
export type { HostValues, NestedValues, Values } from "./loader/values.ts";
export type { NumberArray } from "@tapegrad/tensor";
export { DataLoader } from "./loader/data-loader.ts";
export type { DataLoaderOptions } from "./loader/data-loader-options.ts";
export type { LoaderState, Resumable } from "./loader/loader-state.ts";
export {
  RandomSampler,
  SequentialSampler,
  WeightedRandomSampler,
  type Sampler,
  type RandomSamplerOptions,
  type WeightedRandomSamplerOptions,
} from "./loader/sampler.ts";
export { collate } from "./loader/collate.ts";
export { TensorDataset } from "./datasets/tensor-dataset.ts";
export { ImageDataset, type ImageDatasetOptions } from "./datasets/image-dataset.ts";
export { split, type Parts, type SplitOptions } from "./datasets/split.ts";
export { Subset } from "./datasets/subset.ts";
export { ConcatDataset } from "./datasets/concat-dataset.ts";
export type { IterableDataset } from "./datasets/iterable-dataset.ts";
export { ShuffleBuffer, type ShuffleBufferOptions } from "./datasets/shuffle-buffer.ts";

export { readIdx, type IdxArray, type ReadIdxOptions } from "./datasets/read-idx.ts";
export {
  fashionMnistStatistics,
  kmnistStatistics,
  loadMnist,
  mnistStatistics,
  type DigitSets,
  type LoadMnistOptions,
} from "./datasets/load-mnist.ts";
export { syntheticDigits, type SyntheticDigitsOptions } from "./digits/synthetic-digits.ts";

export { decodeImage } from "./pictures/decode-image.ts";
export type { DecodeOptions, Picture, PictureLimits } from "./pictures/picture.ts";
export { ImageFolder, type ImageFolderOptions } from "./datasets/image-folder.ts";
export { PictureFiles, type PictureFile, type PictureFilesOptions } from "./pictures/picture-files.ts";
export { TransformedImages } from "./datasets/transformed-images.ts";
export { prefetch, type Prefetched } from "./prefetch/prefetch.ts";
export { WorkerError } from "./prefetch/prefetch-pool.ts";
export { parseLabelCsv, readLabelCsv, type LabelCsvOptions, type LabelledFile } from "./datasets/label-csv.ts";
export {
  cifar10Classes,
  cifar10Statistics,
  loadCifar10,
  parseCifar10,
  type Cifar10Records,
  type Cifar10Sets,
} from "./datasets/cifar10.ts";
export {
  cifar100Classes,
  cifar100Statistics,
  cifar100Superclasses,
  loadCifar100,
  parseCifar100,
  type Cifar100Options,
  type Cifar100Records,
  type Cifar100Sets,
} from "./datasets/cifar100.ts";

export { Compose, type Pipeline } from "./transforms/compose.ts";
export { Resize, type ResizeOptions } from "./transforms/resize.ts";
export type { Interpolation } from "./transforms/pixels/resample.ts";
export { CenterCrop } from "./transforms/center-crop.ts";
export { RandomCrop, type RandomCropOptions } from "./transforms/random-crop.ts";
export { RandomResizedCrop, type RandomResizedCropOptions } from "./transforms/random-resized-crop.ts";
export { Pad, type PadOptions } from "./transforms/pad.ts";
export type { Fill } from "./transforms/options/fill.ts";
export type { Padding, PaddingMode } from "./transforms/pixels/pad-picture.ts";
export { RandomHorizontalFlip } from "./transforms/random-horizontal-flip.ts";
export { RandomVerticalFlip } from "./transforms/random-vertical-flip.ts";
export { RandomRotation, type RandomRotationOptions } from "./transforms/random-rotation.ts";
export { RandomAffine, type RandomAffineOptions } from "./transforms/random-affine.ts";
export type { WarpInterpolation } from "./transforms/pixels/warp-picture.ts";
export { ColorJitter, type ColorJitterOptions } from "./transforms/color-jitter.ts";
export { GaussianBlur } from "./transforms/gaussian-blur.ts";
export { RandomApply } from "./transforms/random-apply.ts";
export { RandomChoice } from "./transforms/random-choice.ts";
export { Grayscale } from "./transforms/grayscale.ts";
export { RandomGrayscale } from "./transforms/random-grayscale.ts";
export { RandomInvert } from "./transforms/levels/random-invert.ts";
export { RandomAutocontrast } from "./transforms/levels/random-autocontrast.ts";
export { RandomEqualize } from "./transforms/levels/random-equalize.ts";
export { RandomPosterize } from "./transforms/levels/random-posterize.ts";
export { RandomSolarize } from "./transforms/levels/random-solarize.ts";
export { RandomAdjustSharpness } from "./transforms/levels/random-adjust-sharpness.ts";
export { RandAugment, type RandAugmentOptions } from "./transforms/rand-augment.ts";
export { TrivialAugmentWide, type TrivialAugmentWideOptions } from "./transforms/trivial-augment-wide.ts";
export { ToTensor } from "./transforms/to-tensor.ts";
export { RandomErasing, type RandomErasingOptions } from "./transforms/random-erasing.ts";
export { Normalize } from "./transforms/normalize.ts";
export { MixUp } from "./transforms/batches/mix-up.ts";
export { CutMix } from "./transforms/batches/cut-mix.ts";
export type { MixOptions } from "./transforms/batches/mix-batch.ts";
export type { PictureValues, Transform, TransformSpec } from "./transforms/transform.ts";
export type { Size } from "./transforms/options/size.ts";
export type { Point } from "./transforms/options/point.ts";
export type { Range } from "./transforms/options/range.ts";
export type { Box } from "./transforms/options/random-box.ts";
export type { Affine } from "./transforms/pixels/affine-matrix.ts";
