import type { Reduction } from "@tapegrad/tensor";
import { readOptions } from "@tapegrad/tensor/internal";
import { Module } from "../module/module.ts";
import { type ReductionOptions, reductionRule } from "./reduce-losses.ts";

/** What losses whose only option is the reduction share. */
export abstract class ElementwiseLoss extends Module {
  readonly reduction: Reduction;

  /** @throws ValueError if the reduction or an option is unknown. */
  constructor(options: ReductionOptions = {}) {
    super();
    this.reduction = readOptions(this.constructor.name, options, reductionRule).reduction;
  }
}
