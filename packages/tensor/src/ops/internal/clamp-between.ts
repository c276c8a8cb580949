import { checkNumber } from "../../checks/index.ts";
import { defineOp, Tensor } from "../../core.ts";
import { promote } from "../../tensor/dtype.ts";
import { cast, greater, greaterEqual, less, lessEqual, maximum, minimum, mul, sumTo, where } from "../basic.ts";
import { broadcastOperands } from "./broadcast-operands.ts";
import type { Num } from "./define-binary.ts";

/** Which input, or which number, each bound is. */
interface Bounds {
  readonly min: number | { readonly input: number };
  readonly max: number | { readonly input: number };
}

const op = defineOp<readonly Tensor[], Bounds>({
  name: "clamp",
  forward(inputs, bounds) {
    const [min, max] = valuesOf(inputs, bounds);
    const raised = min === -Infinity ? inputs[0]! : maximum(inputs[0]!, min);
    return max === Infinity ? raised : minimum(raised, max);
  },
  vjp(grad, { inputs, params: bounds, needs }) {
    const x = inputs[0]!;
    const [min, max] = valuesOf(inputs, bounds);
    return inputs.map((input, i) => {
      if (!needs[i]) return null;
      const isMin = typeof bounds.min !== "number" && bounds.min.input === i;
      const chosen =
        i === 0
          ? mul(greaterEqual(x, min), lessEqual(x, max))
          : isMin
            ? mul(less(x, min), less(min, max))
            : maximum(greater(x, max), less(max, min));
      return sumTo(where(chosen, grad, 0), input.shape);
    });
  },
  reads: { inputs: true, outputs: false },
});

function valuesOf(inputs: readonly Tensor[], { min, max }: Bounds): readonly [min: Num, max: Num] {
  const valueOf = (bound: Bounds["min"]): Num => (typeof bound === "number" ? bound : inputs[bound.input]!);
  return [valueOf(min), valueOf(max)];
}

/** `clamp` where a bound is a tensor. */
export function clampBetween(x: Tensor, min: Num | undefined, max: Num | undefined): Tensor {
  const operands: Record<string, Tensor> = { x };
  for (const [name, bound] of Object.entries({ min, max })) {
    if (bound instanceof Tensor) operands[name] = bound;
    else if (bound !== undefined) checkNumber("clamp", name, bound);
  }
  broadcastOperands("clamp", operands);
  const whole = (bound: Num | undefined): boolean =>
    bound === undefined || bound instanceof Tensor || (bound | 0) === bound;
  const dtype = [min, max].every(whole)
    ? Object.values(operands)
        .map((each) => each.dtype)
        .reduce(promote)
    : "float32";
  const inputs = [cast(x, dtype)];
  const place = (bound: Num | undefined, none: number): Bounds["min"] => {
    if (!(bound instanceof Tensor)) return bound ?? none;
    return { input: inputs.push(cast(bound, dtype)) - 1 };
  };
  const bounds = { min: place(min, -Infinity), max: place(max, Infinity) };
  return op(inputs, bounds);
}
