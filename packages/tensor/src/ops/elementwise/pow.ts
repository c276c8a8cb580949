import { defineOp, Tensor } from "../../core.ts";
import { functionsModule } from "../../devices/wasm/generated/functions.ts";
import * as opcodes from "../../devices/wasm/generated/opcodes.ts";
import { zerosLike } from "../../tensor/create.ts";
import { equal, greaterEqual, log, mul, rsqrt, sqrt, square, sub, where } from "../basic.ts";
import { defineBinary, isWhole, type Num } from "../internal/define-binary.ts";
import { wholePower } from "../internal/whole-power.ts";

const op = defineBinary({
  name: "pow",
  wasm: functionsModule,
  opcode: opcodes.pow,
  // A GPU's pow may be exp2(b·log2 a), which has no negative bases.
  gpu:
    "b === 0.0 || a === 1.0 ? 1.0 : (a < 0.0 && Math.floor(b) === b ? " +
    "(Math.floor(b * 0.5) === b * 0.5 ? Math.pow(-a, b) : -Math.pow(-a, b)) : Math.pow(a, b))",
  vjp: (grad, a, b, y) => [() => throughBase(grad, a, b), () => mul(grad, mul(y, safeLog(a, b)))],
  reads: "inputs and output",
});

/** A power that another function computes, with the gradient of a power. */
function definePower(name: string, compute: (x: Tensor) => Tensor, exponent: number): (x: readonly [Tensor]) => Tensor {
  return defineOp<readonly [Tensor]>({
    name,
    forward: ([x]) => compute(x),
    vjp: (grad, { inputs: [x] }) => [throughBase(grad, x, exponent)],
    reads: { inputs: true, outputs: false },
  });
}

// As in torch: roots keep the sign of −0, and give NaN of −∞; cubes take no way through double precision.
const root = definePower("sqrt", sqrt, 0.5);
const inverseRoot = definePower("rsqrt", rsqrt, -0.5);
const cube = definePower("cube", (x) => mul(square(x), x), 3);

/**
 * aᵇ, broadcast. A negative base gives NaN unless the exponent is whole; a⁰ = 1 for every a. Exponents that are the
 * numbers ½ and −½ are `sqrt` and `rsqrt`. Powers of int32 are int32 and wrap around; with a negative exponent, 1/aᵇ rounded
 * towards zero.
 *
 * @throws ValueError if an int32 tensor is raised to a negative whole number, as in torch.
 */
export function pow(a: Num, b: Num): Tensor {
  if (a instanceof Tensor && a.dtype === "float32") {
    if (b === 2) return square(a);
    if (b === 3) return cube([a]);
    if (b === 0.5) return root([a]);
    if (b === -0.5) return inverseRoot([a]);
  }
  return isWhole(a) && isWhole(b) && (a instanceof Tensor || b instanceof Tensor) ? wholePower(a, b) : op(a, b);
}

/** grad·b·aᵇ⁻¹, and 0 where b = 0 whatever grad and a are. */
function throughBase(grad: Tensor, a: Num, b: Num): Tensor {
  if (b === 0) return zerosLike(grad);
  const through = mul(grad, mul(b, pow(a, typeof b === "number" ? b - 1 : sub(b, 1))));
  return typeof b === "number" ? through : where(equal(b, 0), 0, through);
}

/** ln a, and 0 where aᵇ is constant in b: a = 0 and b ≥ 0. */
function safeLog(a: Num, b: Num): Num {
  if (typeof a === "number") return a === 0 ? where(greaterEqual(b, 0), 0, -Infinity) : Math.log(a);
  return log(where(mul(equal(a, 0), greaterEqual(b, 0)), 1, a));
}
