import type { Tensor } from "@tapegrad/tensor";
import { checkInteger } from "@tapegrad/tensor/internal";
import { flatten } from "@tapegrad/tensor/ops";
import { layerOf, type LayerOf } from "../module/module-of.ts";

/** Options of `Flatten`. */
export interface FlattenOptions {
  /** First axis that is merged. @default 1 */
  readonly startDim?: number;
  /** Last axis that is merged; negative ones count from the end. @default -1 */
  readonly endDim?: number;
}

const Layer: LayerOf<(input: Tensor, options?: FlattenOptions) => Tensor> = /* @__PURE__ */ layerOf(
  (input: Tensor, { startDim, endDim }: FlattenOptions = {}) => flatten(input, startDim, endDim),
  {},
  { startDim: [1, checkInteger], endDim: [-1, checkInteger] },
);

/**
 * Merges neighbouring axes into one; by default all but the batch.
 *
 * Shape: `[n, c, h, w] → [n, c·h·w]`.
 */
export class Flatten extends Layer {}
