import { tanh } from "@tapegrad/tensor/ops";
import { plainOf, type PlainOf } from "../plain-layer.ts";

const Layer: PlainOf = /* @__PURE__ */ plainOf(tanh);

/** The hyperbolic tangent, elementwise. */
export class Tanh extends Layer {}
