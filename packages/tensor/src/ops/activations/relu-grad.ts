import { checkOperands } from "../../checks/index.ts";
import type { Tensor } from "../../core.ts";
import * as opcodes from "../../devices/wasm/generated/opcodes.ts";
import { zerosLike } from "../../tensor/create.ts";
import { defineBinary } from "../internal/define-binary.ts";

const op = defineBinary({
  name: "reluGrad",
  role: "reluGrad",
  opcode: opcodes.reluGrad,
  int32: "refuse",
  gpu: "b <= 0.0 ? 0.0 : a",
  vjp: (grad, _a, b) => [() => op(grad, b), () => zerosLike(grad)],
  reads: "inputs",
});

/** `grad` where `y` > 0, else 0: the gradient of a relu whose result was `y`. NaN lets it pass, as in torch. */
export function reluGrad(grad: Tensor, y: Tensor): Tensor {
  checkOperands("reluGrad", { grad, y });
  return op(grad, y);
}
