import { leakyRelu } from "@tapegrad/tensor/ops";
import { checkReal } from "../../checks/check-values.ts";
import { layerOf, type LayerOf } from "../../module/module-of.ts";

const Layer: LayerOf<typeof leakyRelu, ["negativeSlope"]> = /* @__PURE__ */ layerOf(leakyRelu, {
  negativeSlope: [0.01, checkReal],
});

/** `x` where it is positive, else `negativeSlope · x`, elementwise; by default, `negativeSlope` is 0.01. */
export class LeakyReLU extends Layer {}
