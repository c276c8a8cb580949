import type { Tensor } from "../../tensor/tensor.ts";
import { defineUnary } from "../internal/define-unary.ts";
import { inverseSquareRoot } from "../internal/square-roots.ts";
import { mul } from "./mul.ts";
import { square } from "./square.ts";

const op = defineUnary({
  ...inverseSquareRoot,
  vjp: (grad, _x, y) => mul(grad, mul(-0.5, mul(y, square(y)))),
  reads: "output",
});

/** 1 / √x. */
export function rsqrt(x: Tensor): Tensor {
  return op(x);
}
