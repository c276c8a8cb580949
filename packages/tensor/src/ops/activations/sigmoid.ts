import { type Applied, defineOp, type Tensor } from "../../core.ts";
import { functionsModule } from "../../devices/wasm/generated/functions.ts";
import * as opcodes from "../../devices/wasm/generated/opcodes.ts";
import { mul, sub } from "../basic.ts";
import { defineUnary } from "../internal/define-unary.ts";

/** 1 / (1 + e⁻ˣ). */
export const sigmoid: (x: Tensor) => Tensor = defineUnary({
  name: "sigmoid",
  wasm: functionsModule,
  opcode: opcodes.sigmoid,
  gpu: "1.0 / (1.0 + Math.exp(-a))",
  vjp: (grad, _x, y) => slope([grad, y]),
  reads: "output",
});

/** grad·y·(1 − y). An op, since the slope of y·(1 − y), taken as 1 − 2y, stays a number beside an infinite gradient. */
const slope: Applied<readonly [Tensor, Tensor]> = defineOp({
  name: "sigmoidGrad",
  forward: ([grad, y]) => mul(grad, mul(y, sub(1, y))),
  vjp: (u, { inputs: [grad, y], needs }) => [
    needs[0] ? slope([u, y]) : null,
    needs[1] ? mul(mul(u, grad), sub(1, mul(y, 2))) : null,
  ],
  reads: { inputs: true, outputs: false },
});
