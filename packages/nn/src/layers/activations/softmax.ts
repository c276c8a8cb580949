import { checkInteger } from "@tapegrad/tensor/internal";
import { softmax } from "@tapegrad/tensor/ops";
import { layerOf, type LayerOf } from "../../module/module-of.ts";

const Layer: LayerOf<typeof softmax, ["dim"]> = /* @__PURE__ */ layerOf(softmax, { dim: checkInteger });

/**
 * `eˣ / Σ eˣ` along the axis `dim`, which negative numbers count from the end: positive values that add up to 1. For a loss, take
 * `CrossEntropyLoss` of the logits.
 */
export class Softmax extends Layer {}
