import { ValueError } from "@tapegrad/tensor";
import { showValue } from "@tapegrad/tensor/internal";
import { adaptiveAvgPool2d } from "@tapegrad/tensor/ops";
import { layerOf, type LayerOf } from "../../module/module-of.ts";

/** An extent for height and width alike, or one for each; null keeps the input's. */
export type OutputSize = number | readonly [number | null, number | null];

const Layer: LayerOf<typeof adaptiveAvgPool2d, ["outputSize"]> = /* @__PURE__ */ layerOf(adaptiveAvgPool2d, {
  outputSize: checkOutputSize,
});

/**
 * Means over bins that divide height and width evenly, however large the input.
 *
 * Shape: `[n, c, h, w] → [n, c, …outputSize]`; bin `i` of `out` reaches from `⌊i·h / out⌋` to `⌈(i + 1)·h / out⌉`, so
 * bins may overlap.
 */
export class AdaptiveAvgPool2d extends Layer {}

/** @throws ValueError naming the layer unless there is an extent for both axes, or one for each or null. */
export function checkOutputSize(layer: string, name: string, size: unknown): void {
  const both: unknown = typeof size === "number" ? [size, size] : size;
  const fits = (extent: unknown): boolean => extent === null || (Number.isInteger(extent) && Number(extent) >= 1);
  if (Array.isArray(both) && both.length === 2 && both.every(fits)) return;
  throw new ValueError(`${layer}: ${name} must be a positive integer, or two of them or null, got ${showValue(size)}`);
}
