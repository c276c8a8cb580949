import { checkInteger } from "@tapegrad/tensor/internal";
import { ShownLayer } from "../shown-layer.ts";

/** What layers share that work along one axis. */
export abstract class AlongAxis extends ShownLayer {
  readonly dim: number;

  /** @param dim the axis; negative ones count from the end. */
  constructor(dim: number) {
    super();
    checkInteger(this.constructor.name, "dim", dim);
    this.dim = dim;
  }
}
