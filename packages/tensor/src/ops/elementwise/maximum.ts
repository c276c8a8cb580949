import type { Tensor } from "../../core.ts";
import { elementwiseOrderModule } from "../../devices/wasm/generated/elementwise-order.ts";
import * as opcodes from "../../devices/wasm/generated/opcodes.ts";
import { less, lessEqual } from "../comparison/less.ts";
import { defineBinary, type Num } from "../internal/define-binary.ts";
import { add } from "./add.ts";
import { mul } from "./mul.ts";
import { sub } from "./sub.ts";

/**
 * The larger of a and b, broadcast; NaN if either is NaN.
 *
 * Where they are equal, each gets half of the gradient, as in torch.
 */
export const maximum: (a: Num, b: Num) => Tensor = /* @__PURE__ */ defineBinary({
  name: "maximum",
  wasm: elementwiseOrderModule,
  opcode: opcodes.maximum,
  int32: opcodes.maximumInt,
  gpu: "a > b ? a : (a === a ? b : a)",
  vjp: (grad, a, b) => [() => whereLarger(grad, a, b), () => whereLarger(grad, b, a)],
  reads: "inputs",
});

/**
 * The smaller of a and b, broadcast; NaN if either is NaN.
 *
 * Where they are equal, each gets half of the gradient, as in torch.
 */
export const minimum: (a: Num, b: Num) => Tensor = /* @__PURE__ */ defineBinary({
  name: "minimum",
  wasm: elementwiseOrderModule,
  opcode: opcodes.minimum,
  int32: opcodes.minimumInt,
  gpu: "a < b ? a : (a === a ? b : a)",
  vjp: (grad, a, b) => [() => whereLarger(grad, b, a), () => whereLarger(grad, a, b)],
  reads: "inputs",
});

/** `grad` where a is the larger, half of it at a tie, else 0; all of it where one is NaN. */
function whereLarger(grad: Tensor, a: Num, b: Num): Tensor {
  return mul(grad, sub(1, mul(0.5, add(less(a, b), lessEqual(a, b)))));
}
