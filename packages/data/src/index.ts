export type { Batch, Dataset, Sample } from "./dataset.ts";
export { DataLoader } from "./data-loader.ts";
export type { DataLoaderOptions } from "./data-loader.ts";
export { collate } from "./collate.ts";
export { TensorDataset } from "./tensor-dataset.ts";
export { ImageDataset } from "./image-dataset.ts";
export type { ImageDatasetOptions } from "./image-dataset.ts";

export { readIdx } from "./read-idx.ts";
export type { IdxArray, ReadIdxOptions } from "./read-idx.ts";
export { loadMnist, mnistStatistics } from "./load-mnist.ts";
export type { DigitSets } from "./load-mnist.ts";
export { syntheticDigits } from "./synthetic-digits.ts";
export type { SyntheticDigitsOptions } from "./synthetic-digits.ts";
