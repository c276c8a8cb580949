import { checkNumber, checkTensor, refuseUnknownOptions } from "../../checks/index.ts";
import { Tensor, ValueError } from "../../core.ts";
import { elementwiseOrderModule } from "../../devices/wasm/generated/elementwise-order.ts";
import * as opcodes from "../../devices/wasm/generated/opcodes.ts";
import { cast, greaterEqual, lessEqual, mul, where } from "../basic.ts";
import { clampBetween } from "../internal/clamp-between.ts";
import type { Num } from "../internal/define-binary.ts";
import { defineScaled } from "../internal/define-unary.ts";

/** The bounds of `clamp`; at least one. */
export interface ClampOptions {
  /** A number, or a tensor that is broadcast. @default −∞ */
  readonly min?: Num;
  /** A number, or a tensor that is broadcast. @default ∞ */
  readonly max?: Num;
}

const op = defineScaled<[min: number, max: number]>({
  name: "clamp",
  wasm: elementwiseOrderModule,
  opcode: opcodes.clamp,
  int32: opcodes.clampInt,
  gpu: "a > t ? t : (a < s ? (s < t ? s : t) : a)",
  vjp: (grad, x, _y, min, max) => where(mul(greaterEqual(x, min), lessEqual(x, max)), grad, 0),
  reads: "input",
});

/**
 * x held within [min, max]; NaN stays NaN. If `min` exceeds `max`, everything becomes `max`.
 *
 * The gradient is 1 at the bounds, as in torch; that of what lies beyond goes to the bound, if it is a tensor.
 *
 * An int32 tensor stays int32 if the bounds are whole, and becomes float32 if not.
 *
 * @throws ValueError if neither bound is given, or one is the number NaN. @throws ShapeError if the shapes do not broadcast.
 */
export function clamp(x: Tensor, options: ClampOptions): Tensor {
  checkTensor("clamp", x);
  refuseUnknownOptions("clamp", options, ["min", "max"]);
  const { min, max } = options;
  if (min === undefined && max === undefined) throw new ValueError("clamp: expected min, max or both, got neither");
  if (min instanceof Tensor || max instanceof Tensor) return clampBetween(x, min, max);
  const [low, high] = [min === undefined ? -Infinity : min, max === undefined ? Infinity : max];
  for (const bound of [low, high]) {
    checkNumber("clamp", "a bound", bound);
    if (Number.isNaN(bound)) throw new ValueError("clamp: a bound is NaN");
  }
  const broken = [low, high].some((bound) => Number.isFinite(bound) && (bound | 0) !== bound);
  return op(broken ? cast(x, "float32") : x, low, high);
}
