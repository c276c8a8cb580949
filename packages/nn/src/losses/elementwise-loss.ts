import { refuseUnknownOptions } from "@tapegrad/tensor/internal";
import { Module } from "../module/module.ts";
import { checkReduction, type Reduction, type ReductionOptions } from "./reduction.ts";

/** What losses whose only option is the reduction share. */
export abstract class ElementwiseLoss extends Module {
  readonly reduction: Reduction;

  /** @throws ValueError if the reduction or an option is unknown. */
  constructor(options: ReductionOptions = {}) {
    super();
    refuseUnknownOptions(this.constructor.name, options, ["reduction"]);
    const { reduction = "mean" } = options;
    checkReduction(this.constructor.name, reduction);
    this.reduction = reduction;
  }
}
