import type { Tensor } from "@tapegrad/tensor";
import { refuseUnknownOptions } from "@tapegrad/tensor/internal";
import { type LayerOf, moduleOf } from "../module/module-of.ts";
import { Module } from "../module/module.ts";

/** What layers without options share: none is accepted and ignored, as torch's `inplace` would be. */
export abstract class PlainLayer extends Module {
  /** @throws ValueError of any option. */
  constructor(options: Readonly<Record<string, never>> = {}) {
    super();
    refuseUnknownOptions(this.constructor.name, options, []);
  }
}

/** A base class that `plainOf` makes. */
export interface PlainOf {
  /** @throws ValueError of any option. */
  new (options?: Readonly<Record<string, never>>): InstanceType<LayerOf<(input: Tensor) => Tensor>>;
}

/** A base class for layers without options that are a function of one tensor. */
export function plainOf(compute: (input: Tensor) => Tensor): PlainOf {
  return moduleOf((input: Tensor, _options?: object) => compute(input), 1, {});
}
