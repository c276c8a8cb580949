import type { Tensor } from "../../core.ts";
import { moreFunctionsModule } from "../../devices/wasm/generated/more-functions.ts";
import * as opcodes from "../../devices/wasm/generated/opcodes.ts";
import { atan2Expression } from "../../kernels/elementwise/more-function-expressions.ts";
import { add, mul, neg } from "../basic.ts";
import { reciprocal } from "../elementwise/reciprocal.ts";
import { defineBinary, type Num } from "../internal/define-binary.ts";

/**
 * The angle of the point whose height is a and whose width is b, from −π to π; broadcast. The gradient at the origin is NaN,
 * as in torch.
 *
 * @throws ShapeError if the shapes do not broadcast.
 */
export const atan2: (a: Num, b: Num) => Tensor = defineBinary({
  name: "atan2",
  wasm: moreFunctionsModule,
  opcode: opcodes.atan2,
  gpu: atan2Expression("a", "b"),
  vjp: (grad, a, b) => [
    () => mul(mul(grad, b), reciprocal(squareOfDistance(a, b))),
    () => neg(mul(mul(grad, a), reciprocal(squareOfDistance(a, b)))),
  ],
  reads: "inputs",
});

function squareOfDistance(a: Num, b: Num): Tensor {
  const squares = [a, b].map((operand) => (typeof operand === "number" ? operand * operand : mul(operand, operand)));
  return add(squares[0]!, squares[1]!);
}
