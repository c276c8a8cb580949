import { checkFloat, checkInteger, checkTensor, readOptions } from "../../checks/index.ts";
import type { Tensor } from "../../core.ts";
import { moreFunctionsModule } from "../../devices/wasm/generated/more-functions.ts";
import * as opcodes from "../../devices/wasm/generated/opcodes.ts";
import { roundExpression } from "../../kernels/elementwise/more-function-expressions.ts";
import { div, mul } from "../basic.ts";
import { defineUnary } from "../internal/define-unary.ts";

/** Options of `round`. */
export interface RoundOptions {
  /** How many decimals are kept; −2 rounds to hundreds. @default 0 */
  readonly decimals?: number;
}

const op = defineUnary({
  name: "round",
  wasm: moreFunctionsModule,
  opcode: opcodes.round,
  int32: opcodes.copy,
  gpu: roundExpression("a"),
});

/**
 * The nearest whole number, of two the even one: ½ and −½ become 0, 1½ becomes 2. The gradient is 0 everywhere; int32 stays
 * as it is.
 *
 * @throws ValueError unless `decimals` is an integer. @throws DTypeError of int32 with decimals, as in torch.
 */
export function round(x: Tensor, options: RoundOptions = {}): Tensor {
  checkTensor("round", x);
  const { decimals } = readOptions("round", options, { decimals: [0, checkInteger] });
  if (decimals === 0) return op(x);
  checkFloat("round", x);
  const unit = 10 ** Math.abs(decimals);
  return decimals > 0 ? div(op(mul(x, unit)), unit) : mul(op(div(x, unit)), unit);
}
