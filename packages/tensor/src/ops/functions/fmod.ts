import { Tensor } from "../../core.ts";
import { moreFunctionsModule } from "../../devices/wasm/generated/more-functions.ts";
import * as opcodes from "../../devices/wasm/generated/opcodes.ts";
import { fmodExpression } from "../../kernels/elementwise/more-function-expressions.ts";
import { div, mul, neg } from "../basic.ts";
import { defineBinary, type Num } from "../internal/define-binary.ts";
import { refuseZeroDivisor } from "../internal/refuse-zero-divisor.ts";
import { trunc } from "./trunc.ts";

const op = defineBinary({
  name: "fmod",
  wasm: moreFunctionsModule,
  opcode: opcodes.fmod,
  int32: opcodes.fmodInt,
  gpu: fmodExpression("a", "b"),
  vjp: (grad, a, b) => [() => grad, () => neg(mul(grad, trunc(div(valueOf(a), valueOf(b)))))],
  reads: "inputs",
});

/** An operand without its record: the quotient is constant almost everywhere. */
export function valueOf(operand: Num): Num {
  return operand instanceof Tensor ? operand.detach() : operand;
}

/**
 * The remainder of a/b rounded towards zero, with the sign of a; broadcast. NaN where b is 0.
 *
 * @throws ValueError if both are int32 and b is 0 somewhere. @throws ShapeError if the shapes do not broadcast.
 */
export function fmod(a: Num, b: Num): Tensor {
  refuseZeroDivisor("fmod", a, b);
  return op(a, b);
}
