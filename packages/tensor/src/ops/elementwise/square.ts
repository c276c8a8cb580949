import type { Tensor } from "../../core.ts";
import * as opcodes from "../../devices/wasm/generated/opcodes.ts";
import { defineUnary } from "../internal/define-unary.ts";
import { mul } from "./mul.ts";

/** x². */
export const square: (x: Tensor) => Tensor = defineUnary({
  name: "square",
  opcode: opcodes.square,
  int32: opcodes.squareInt,
  gpu: "a * a",
  vjp: (grad, x) => mul(grad, mul(x, 2)),
  reads: "input",
});
