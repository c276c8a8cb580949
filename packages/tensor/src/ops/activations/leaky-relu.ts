import type { Tensor } from "../../core.ts";
import { elementwiseOrderModule } from "../../devices/wasm/generated/elementwise-order.ts";
import * as opcodes from "../../devices/wasm/generated/opcodes.ts";
import { greater, mul, where } from "../basic.ts";
import { defineScaled } from "../internal/define-unary.ts";

const op = defineScaled<[negativeSlope: number]>({
  name: "leakyRelu",
  wasm: elementwiseOrderModule,
  opcode: opcodes.leakyRelu,
  int32: "refuse",
  gpu: "a > 0.0 ? a : a * s",
  vjp: (grad, x, _y, negativeSlope) => mul(grad, where(greater(x, 0), 1, negativeSlope)),
  reads: "input",
});

/**
 * x where x > 0, else `negativeSlope`·x.
 *
 * @param negativeSlope @default 0.01
 */
export function leakyRelu(x: Tensor, negativeSlope: number = 0.01): Tensor {
  return op(x, negativeSlope);
}
