import type { Tensor } from "../../core.ts";
import { defineUnary } from "../internal/define-unary.ts";
import { inverseSquareRoot } from "../internal/square-roots.ts";
import { mul } from "./mul.ts";
import { square } from "./square.ts";

/** 1 / √x. */
export const rsqrt: (x: Tensor) => Tensor = defineUnary({
  ...inverseSquareRoot,
  vjp: (grad, _x, y) => mul(grad, mul(-0.5, mul(y, square(y)))),
  reads: "output",
});
