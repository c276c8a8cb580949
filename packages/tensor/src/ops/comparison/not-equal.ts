import type { Tensor } from "../../core.ts";
import * as opcodes from "../../devices/wasm/generated/opcodes.ts";
import { defineBinary, type Num } from "../internal/define-binary.ts";

/** 1 where a ≠ b, else 0, broadcast; float32, for there is no boolean dtype. NaN differs from everything, itself included. */
export const notEqual: (a: Num, b: Num) => Tensor = defineBinary({
  name: "notEqual",
  opcode: opcodes.notEqual,
  int32: opcodes.notEqualInt,
  float32Result: true,
  gpu: "a === b ? 0.0 : 1.0",
});
