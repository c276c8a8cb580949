import { checkInteger } from "@tapegrad/tensor/internal";
import { logSoftmax } from "@tapegrad/tensor/ops";
import { layerOf, type LayerOf } from "../../module/module-of.ts";

const Layer: LayerOf<typeof logSoftmax, ["dim"]> = /* @__PURE__ */ layerOf(logSoftmax, { dim: checkInteger });

/** `x − log Σ eˣ` along the axis `dim`, which negative numbers count from the end: the logarithm of `Softmax`, without its overflow. */
export class LogSoftmax extends Layer {}
