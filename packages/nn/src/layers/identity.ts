import type { Tensor } from "@tapegrad/tensor";
import { Module } from "../module/module.ts";

/** Passes its input on unchanged: a place holder for a layer that was taken out. */
export class Identity extends Module {
  forward(input: Tensor): Tensor {
    return input;
  }
}
