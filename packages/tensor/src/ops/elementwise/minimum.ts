import type { Tensor } from "../../core.ts";
import { elementwiseOrderModule } from "../../devices/wasm/generated/elementwise-order.ts";
import * as opcodes from "../../devices/wasm/generated/opcodes.ts";
import { lessEqual } from "../comparison/less-equal.ts";
import { less } from "../comparison/less.ts";
import { defineBinary, type Num } from "../internal/define-binary.ts";
import { share } from "./maximum.ts";
import { mul } from "./mul.ts";

/**
 * The smaller of a and b, broadcast; NaN if either is NaN.
 *
 * Where they are equal, each gets half of the gradient, as in torch.
 */
export const minimum: (a: Num, b: Num) => Tensor = defineBinary({
  name: "minimum",
  wasm: elementwiseOrderModule,
  opcode: opcodes.minimum,
  int32: opcodes.minimumInt,
  gpu: "a < b ? a : (a === a ? b : a)",
  vjp: (grad, a, b) => [
    () => mul(grad, share(less(b, a), lessEqual(b, a))),
    () => mul(grad, share(less(a, b), lessEqual(a, b))),
  ],
  reads: "inputs",
});
