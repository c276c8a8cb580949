import type { Tensor } from "../../core.ts";
import { elementwiseOrderModule } from "../../devices/wasm/generated/elementwise-order.ts";
import * as opcodes from "../../devices/wasm/generated/opcodes.ts";
import { lessEqual } from "../comparison/less-equal.ts";
import { less } from "../comparison/less.ts";
import { defineBinary, type Num } from "../internal/define-binary.ts";
import { add } from "./add.ts";
import { mul } from "./mul.ts";
import { sub } from "./sub.ts";

/**
 * The larger of a and b, broadcast; NaN if either is NaN.
 *
 * Where they are equal, each gets half of the gradient, as in torch.
 */
export const maximum: (a: Num, b: Num) => Tensor = defineBinary({
  name: "maximum",
  wasm: elementwiseOrderModule,
  opcode: opcodes.maximum,
  int32: opcodes.maximumInt,
  gpu: "a > b ? a : (a === a ? b : a)",
  vjp: (grad, a, b) => [
    () => mul(grad, share(less(a, b), lessEqual(a, b))),
    () => mul(grad, share(less(b, a), lessEqual(b, a))),
  ],
  reads: "inputs",
});

/** 1 where an operand is chosen, ½ at a tie, 0 where the other is chosen. The arguments say where it loses, and where it loses or ties. */
export function share(loses: Tensor, losesOrTies: Tensor): Tensor {
  return sub(1, mul(0.5, add(loses, losesOrTies)));
}
