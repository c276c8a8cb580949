import type { Tensor } from "../../core.ts";
import { elementwiseOrderModule } from "../../devices/wasm/generated/elementwise-order.ts";
import * as opcodes from "../../devices/wasm/generated/opcodes.ts";
import { defineBinary, type Num } from "../internal/define-binary.ts";

/** 1 where a ≥ b, else 0, broadcast; float32, for there is no boolean dtype. Comparisons with NaN are 0. */
export const greaterEqual: (a: Num, b: Num) => Tensor = defineBinary({
  name: "greaterEqual",
  wasm: elementwiseOrderModule,
  opcode: opcodes.greaterEqual,
  int32: opcodes.greaterEqualInt,
  float32Result: true,
  gpu: "a >= b ? 1.0 : 0.0",
});
