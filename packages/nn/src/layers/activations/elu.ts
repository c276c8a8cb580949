import { elu } from "@tapegrad/tensor/ops";
import { checkReal } from "../../checks/check-values.ts";
import { layerOf, type LayerOf } from "../../module/module-of.ts";

const Layer: LayerOf<typeof elu, ["alpha"]> = /* @__PURE__ */ layerOf(elu, { alpha: [1, checkReal] });

/**
 * `x` where it is positive, else `alpha · (eˣ − 1)`, elementwise; by default, `alpha` is 1.
 *
 * @see Clevert et al. 2015, https://arxiv.org/abs/1511.07289
 */
export class ELU extends Layer {}
