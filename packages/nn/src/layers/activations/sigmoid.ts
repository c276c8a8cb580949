import { sigmoid } from "@tapegrad/tensor/ops";
import { plainOf, type PlainOf } from "../plain-layer.ts";

const Layer: PlainOf = /* @__PURE__ */ plainOf(sigmoid);

/** `1 / (1 + e⁻ˣ)`, elementwise. */
export class Sigmoid extends Layer {}
