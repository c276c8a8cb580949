import * as opcodes from "../../devices/wasm/generated/opcodes.ts";
import type { UnaryDefinition } from "./define-unary.ts";

/** A function of one operand without its gradient: that of `pow` differs from that of the function itself. */
type Ungraded = Omit<UnaryDefinition<[]>, "vjp" | "reads" | "wasm" | "opcode"> & { readonly opcode: opcodes.Unary };

/** √x. */
export const squareRoot: Ungraded = { name: "sqrt", opcode: opcodes.sqrt, gpu: "Math.sqrt(a)" };

/** 1 / √x. */
export const inverseSquareRoot: Ungraded = { name: "rsqrt", opcode: opcodes.rsqrt, gpu: "1.0 / Math.sqrt(a)" };
