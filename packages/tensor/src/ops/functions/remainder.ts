import { moreFunctionsModule } from "../../devices/wasm/generated/more-functions.ts";
import * as opcodes from "../../devices/wasm/generated/opcodes.ts";
import { remainderExpression } from "../../kernels/elementwise/more-function-expressions.ts";
import { Tensor } from "../../tensor/tensor.ts";
import { equal } from "../comparison/equal.ts";
import { less } from "../comparison/less.ts";
import { where } from "../comparison/where.ts";
import { div } from "../elementwise/div.ts";
import { mul } from "../elementwise/mul.ts";
import { neg } from "../elementwise/neg.ts";
import { sub } from "../elementwise/sub.ts";
import { defineBinary, type Num } from "../internal/define-binary.ts";
import { refuseZeroDivisor } from "../internal/refuse-zero-divisor.ts";
import { fmod, valueOf } from "./fmod.ts";
import { round } from "./round.ts";

const op = defineBinary({
  name: "remainder",
  wasm: moreFunctionsModule,
  opcode: opcodes.remainder,
  int32: opcodes.remainderInt,
  gpu: remainderExpression("a", "b"),
  vjp: (grad, a, b) => [() => grad, () => neg(mul(grad, floorQuotient(valueOf(a), valueOf(b))))],
  reads: "inputs",
});

/** ⌊a/b⌋, by way of the remainder, which is exact where a/b would be rounded to the next whole number. */
function floorQuotient(a: Num, b: Num): Tensor {
  const rest = fmod(a, b);
  const quotient = sub(round(div(sub(a, rest), b)), less(mul(rest, b), 0));
  return b instanceof Tensor ? where(equal(b, 0), div(a, b), quotient) : b === 0 ? div(a, b) : quotient;
}

/**
 * a − b·⌊a/b⌋, the remainder with the sign of b, as Python's `%`; broadcast. NaN where b is 0.
 *
 * @throws ValueError if both are int32 and b is 0 somewhere. @throws ShapeError if the shapes do not broadcast.
 */
export function remainder(a: Num, b: Num): Tensor {
  refuseZeroDivisor("remainder", a, b);
  return op(a, b);
}
