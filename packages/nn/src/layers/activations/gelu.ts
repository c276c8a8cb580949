import { oneOf } from "@tapegrad/tensor/internal";
import { gelu } from "@tapegrad/tensor/ops";
import { layerOf, type LayerOf } from "../../module/module-of.ts";

const Layer: LayerOf<typeof gelu> = /* @__PURE__ */ layerOf(
  gelu,
  {},
  { approximate: ["none", /* @__PURE__ */ oneOf("none", "tanh")] },
);

/**
 * `x · Φ(x)`, elementwise, with the cumulative distribution Φ of the standard normal.
 *
 * @see Hendrycks & Gimpel 2016, https://arxiv.org/abs/1606.08415
 */
export class GELU extends Layer {}
