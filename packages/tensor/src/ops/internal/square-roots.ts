import type { UnaryDefinition } from "./define-unary.ts";

/** A function of one operand but for its gradient, which `pow` takes otherwise than the function itself. */
type Ungraded = Omit<UnaryDefinition<[]>, "vjp" | "reads">;

/** √x. */
export const squareRoot: Ungraded = { name: "sqrt", opcode: 6, int32: "promote", gpu: "Math.sqrt(a)" };

/** 1 / √x. */
export const inverseSquareRoot: Ungraded = { name: "rsqrt", opcode: 7, int32: "promote", gpu: "1.0 / Math.sqrt(a)" };
