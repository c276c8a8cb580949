import { silu } from "@tapegrad/tensor/ops";
import { plainOf, type PlainOf } from "../plain-layer.ts";

const Layer: PlainOf = /* @__PURE__ */ plainOf(silu);

/**
 * `x · sigmoid(x)`, elementwise; also called swish.
 *
 * @see Hendrycks & Gimpel 2016, https://arxiv.org/abs/1606.08415
 */
export class SiLU extends Layer {}
