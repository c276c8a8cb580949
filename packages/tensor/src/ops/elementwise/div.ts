import type { Tensor } from "../../core.ts";
import * as opcodes from "../../devices/wasm/generated/opcodes.ts";
import { defineBinary, type Num } from "../internal/define-binary.ts";
import { mul } from "./mul.ts";
import { neg } from "./neg.ts";

/** a / b, broadcast. The quotient of int32 tensors is float32, as in torch. */
export const div: (a: Num, b: Num) => Tensor = defineBinary({
  name: "div",
  opcode: opcodes.div,
  gpu: "a / b",
  vjp: (grad, _a, b, y) => [() => div(grad, b), () => neg(mul(grad, div(y, b)))],
  reads: "inputs and output",
});
