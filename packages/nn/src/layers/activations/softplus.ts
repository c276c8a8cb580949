import { softplus } from "@tapegrad/tensor/ops";
import { checkReal } from "../../checks/check-values.ts";
import { layerOf, type LayerOf } from "../../module/module-of.ts";

const Layer: LayerOf<typeof softplus> = /* @__PURE__ */ layerOf(
  softplus,
  {},
  { beta: [1, checkReal], threshold: [20, checkReal] },
);

/** `log(1 + e^(beta · x)) / beta`, elementwise: a smooth ReLU. */
export class Softplus extends Layer {}
