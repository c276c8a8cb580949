import type { Tensor } from "../../core.ts";
import * as opcodes from "../../devices/wasm/generated/opcodes.ts";
import { defineUnary } from "../internal/define-unary.ts";
import { mul } from "./mul.ts";
import { square } from "./square.ts";

/** 1 / √x. */
export const rsqrt: (x: Tensor) => Tensor = defineUnary({
  name: "rsqrt",
  opcode: opcodes.rsqrt,
  gpu: "1.0 / Math.sqrt(a)",
  vjp: (grad, _x, y) => mul(grad, mul(-0.5, mul(y, square(y)))),
  reads: "output",
});
