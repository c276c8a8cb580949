import { broadcastShapes, checkTensor } from "../../checks/index.ts";
import { defineOp, launchOne, type Shape, Tensor } from "../../core.ts";
import type { ElementwiseInput } from "../../devices/kernel.ts";
import * as opcodes from "../../devices/wasm/generated/opcodes.ts";
import { elementwiseKernel } from "../../kernels/elementwise/kernel.ts";
import type { DType } from "../../tensor/dtype.ts";
import { cast } from "../copy/cast.ts";
import { isWhole, type Num } from "../internal/define-binary.ts";
import { sumTo } from "../reduction/sum-to.ts";

const kernel = elementwiseKernel("where", "a === 0.0 ? c : b");

interface WhereParams {
  readonly operands: readonly (ElementwiseInput | number)[];
  readonly shape: Shape;
  readonly dtype: DType;
}

const op = defineOp<readonly Tensor[], WhereParams>({
  name: "where",
  forward(inputs, { operands, shape, dtype }) {
    const opcode = inputs[0]!.dtype === "int32" ? opcodes.whereInt : opcodes.whereFloat;
    return launchOne(kernel, inputs, { shape, dtype }, { opcode, operands, scalars: [] });
  },
  vjp(grad, { inputs, params: { operands }, needs }) {
    const condition = inputs[0]!;
    const a = operands[1]!;
    return inputs.map((input, i) => {
      if (i === 0 || !needs[i]) return null;
      const mine = typeof a !== "number" && a.input === i ? where(condition, grad, 0) : where(condition, 0, grad);
      return sumTo(mine, input.shape);
    });
  },
  reads: { inputs: [0], outputs: false },
});

/**
 * `a` where `condition` is not 0, else `b`; all three are broadcast.
 *
 * Nothing of the branch that was not chosen reaches the result or the gradients, not even NaN. No gradient flows to
 * `condition`.
 *
 * @throws ShapeError if the shapes do not broadcast.
 */
export function where(condition: Tensor, a: Num, b: Num): Tensor {
  checkTensor("where", condition, "condition");
  if (typeof a !== "number") checkTensor("where", a, "a");
  if (typeof b !== "number") checkTensor("where", b, "b");
  // int32 only of int32 tensors and whole numbers.
  const dtype = (a instanceof Tensor || b instanceof Tensor) && isWhole(a) && isWhole(b) ? "int32" : "float32";
  const [x, y] = [a, b].map((operand) => (operand instanceof Tensor ? cast(operand, dtype) : operand));
  const tensors = [condition, x!, y!].filter((operand) => operand instanceof Tensor);
  let next = 0;
  const operands = [condition, x!, y!].map((operand) => (typeof operand === "number" ? operand : { input: next++ }));
  const shape = tensors.map((tensor) => tensor.shape).reduce((left, right) => broadcastShapes("where", left, right));
  return op(tensors, { operands, shape, dtype });
}
