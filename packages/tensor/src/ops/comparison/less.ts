import type { Tensor } from "../../core.ts";
import { elementwiseOrderModule } from "../../devices/wasm/generated/elementwise-order.ts";
import * as opcodes from "../../devices/wasm/generated/opcodes.ts";
import { defineBinary, type Num } from "../internal/define-binary.ts";

/** 1 where a < b, else 0, broadcast; float32, for there is no boolean dtype. Comparisons with NaN are 0. */
export const less: (a: Num, b: Num) => Tensor = defineBinary({
  name: "less",
  wasm: elementwiseOrderModule,
  opcode: opcodes.less,
  int32: opcodes.lessInt,
  float32Result: true,
  gpu: "a < b ? 1.0 : 0.0",
});
