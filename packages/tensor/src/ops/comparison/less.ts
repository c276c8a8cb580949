import type { Tensor } from "../../core.ts";
import { elementwiseOrderModule } from "../../devices/wasm/generated/elementwise-order.ts";
import * as opcodes from "../../devices/wasm/generated/opcodes.ts";
import { defineBinary, type Num } from "../internal/define-binary.ts";

// They differ in their sign alone, and so they share a file.

/** 1 where a < b, else 0, broadcast; float32, for there is no boolean dtype. Comparisons with NaN are 0. */
export const less: (a: Num, b: Num) => Tensor = /* @__PURE__ */ ordering("less", "<", opcodes.less, opcodes.lessInt);

/** 1 where a ≤ b, else 0, broadcast; float32, for there is no boolean dtype. Comparisons with NaN are 0. */
export const lessEqual: (a: Num, b: Num) => Tensor = /* @__PURE__ */ ordering(
  "lessEqual",
  "<=",
  opcodes.lessEqual,
  opcodes.lessEqualInt,
);

/** 1 where a > b, else 0, broadcast; float32, for there is no boolean dtype. Comparisons with NaN are 0. */
export const greater: (a: Num, b: Num) => Tensor = /* @__PURE__ */ ordering(
  "greater",
  ">",
  opcodes.greater,
  opcodes.greaterInt,
);

/** 1 where a ≥ b, else 0, broadcast; float32, for there is no boolean dtype. Comparisons with NaN are 0. */
export const greaterEqual: (a: Num, b: Num) => Tensor = /* @__PURE__ */ ordering(
  "greaterEqual",
  ">=",
  opcodes.greaterEqual,
  opcodes.greaterEqualInt,
);

function ordering(
  name: string,
  sign: string,
  opcode: opcodes.OrderBinary,
  int32: opcodes.BinaryInt,
): (a: Num, b: Num) => Tensor {
  const gpu = `a ${sign} b ? 1.0 : 0.0`;
  return defineBinary({ name, wasm: elementwiseOrderModule, opcode, int32, float32Result: true, gpu });
}
