import type { Tensor } from "../../core.ts";
import { moreFunctionsModule } from "../../devices/wasm/generated/more-functions.ts";
import * as opcodes from "../../devices/wasm/generated/opcodes.ts";
import { remainderExpression } from "../../kernels/elementwise/more-function-expressions.ts";
import { mul, neg } from "../basic.ts";
import { defineBinary, type Num } from "../internal/define-binary.ts";
import { floorQuotient } from "../internal/floor-quotient.ts";
import { refuseZeroDivisor } from "../internal/refuse-zero-divisor.ts";
import { valueOf } from "./fmod.ts";

const op = defineBinary({
  name: "remainder",
  wasm: moreFunctionsModule,
  opcode: opcodes.remainder,
  int32: opcodes.remainderInt,
  gpu: remainderExpression("a", "b"),
  vjp: (grad, a, b) => [() => grad, () => neg(mul(grad, floorQuotient(valueOf(a), valueOf(b))))],
  reads: "inputs",
});

/**
 * a − b·⌊a/b⌋, the remainder with the sign of b, as Python's `%`; broadcast. NaN where b is 0.
 *
 * @throws ValueError if both are int32 and b is 0 somewhere. @throws ShapeError if the shapes do not broadcast.
 */
export function remainder(a: Num, b: Num): Tensor {
  refuseZeroDivisor("remainder", a, b);
  return op(a, b);
}
