import { ones, type Shape, zeros } from "@tapegrad/tensor";
import { constant } from "../../init/fill.ts";
import { Module } from "../../module/module.ts";
import { Parameter } from "../../module/parameter.ts";

/** What layers share that normalise, and then scale and shift. */
export abstract class AffineNorm extends Module {
  readonly eps: number;
  readonly weight: Parameter | null;
  readonly bias: Parameter | null;

  /** @param shape of scale and shift; null if there are none. */
  constructor(eps: number, shape: Shape | null) {
    super();
    this.eps = eps;
    this.weight = shape && new Parameter(ones(shape));
    this.bias = shape && new Parameter(zeros(shape));
  }

  /** Sets scale and shift to 1 and 0. */
  resetParameters(): void {
    if (this.weight !== null) constant(this.weight, 1);
    if (this.bias !== null) constant(this.bias, 0);
  }
}
