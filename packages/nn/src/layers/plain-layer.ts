import { refuseUnknownOptions } from "@tapegrad/tensor/internal";
import { Module } from "../module/module.ts";

/** What layers without options share: none is accepted and ignored, as torch's `inplace` would be. */
export abstract class PlainLayer extends Module {
  /** @throws ValueError of any option. */
  constructor(options: Readonly<Record<string, never>> = {}) {
    super();
    refuseUnknownOptions(this.constructor.name, options, []);
  }
}
