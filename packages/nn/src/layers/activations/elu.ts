import type { Tensor } from "@tapegrad/tensor";
import { elu } from "@tapegrad/tensor/ops";
import { checkReal } from "../../checks/check-values.ts";
import { ShownLayer } from "../shown-layer.ts";

/**
 * `x` where it is positive, else `alpha · (eˣ − 1)`, elementwise.
 *
 * @see Clevert et al. 2015, https://arxiv.org/abs/1511.07289
 */
export class ELU extends ShownLayer {
  readonly alpha: number;

  constructor(alpha = 1) {
    super();
    checkReal("ELU", "alpha", alpha);
    this.alpha = alpha;
  }

  forward(input: Tensor): Tensor {
    return elu(input, this.alpha);
  }
}
