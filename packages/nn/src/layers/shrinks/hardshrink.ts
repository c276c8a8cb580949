import type { Tensor } from "@tapegrad/tensor";
import { checkFloat } from "@tapegrad/tensor/internal";
import { abs, lessEqual, where } from "@tapegrad/tensor/ops";
import { checkReal } from "../../checks/check-values.ts";
import { Module } from "../../module/module.ts";

/** 0 from `−lambd` to `lambd`, else `x`, elementwise. @throws DTypeError of int32. */
export function hardshrink(input: Tensor, lambd = 0.5): Tensor {
  checkFloat("hardshrink", input, "input");
  checkReal("hardshrink", "lambd", lambd);
  return where(lessEqual(abs(input), lambd), 0, input);
}

/** 0 from `−lambd` to `lambd`, else `x`, elementwise: `hardshrink` as a module. */
export class Hardshrink extends Module {
  readonly lambd: number;

  constructor(lambd = 0.5) {
    super();
    checkReal("Hardshrink", "lambd", lambd);
    this.lambd = lambd;
  }

  override extraRepr(): string {
    return String(this.lambd);
  }

  forward(input: Tensor): Tensor {
    return hardshrink(input, this.lambd);
  }
}
