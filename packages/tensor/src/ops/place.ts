import { checkNumber } from "../check-argument.ts";
import { checkTensor } from "../check-tensor.ts";
import { ShapeError, ValueError } from "../errors.ts";
import { placeKernel } from "../kernels/movement.ts";
import { full } from "../create.ts";
import { defineOp, launchOne } from "../op.ts";
import type { Shape } from "../shape.ts";
import { checkShape, showShape } from "../shape.ts";
import { showValue } from "../show-value.ts";
import type { Tensor } from "../tensor.ts";
import { refuseUnknownOptions } from "../unknown-options.ts";
import { take } from "./take.ts";

/** Where elements lie in a larger tensor: index `i` along an axis is at `start + i·step`. */
export interface Placement {
  readonly starts: readonly number[];
  readonly steps: readonly number[];
}

interface PlaceParams extends Placement {
  readonly shape: Shape;
  readonly value: number;
}

const op = defineOp<readonly [Tensor], PlaceParams>({
  name: "place",
  forward([x], { shape, starts, steps, value }) {
    if (x.size === 0) return full(shape, value, { dtype: x.dtype });
    return launchOne(placeKernel, [x], { shape, dtype: x.dtype }, { starts, steps, value });
  },
  vjp: (grad, { inputs: [x], params: { starts, steps } }) => [take(grad, x.shape, { starts, steps })],
  reads: { inputs: false, outputs: false },
});

/** `x` set into a tensor of `shape` that is `value` elsewhere: padding, and the adjoint of `take`. */
export function place(x: Tensor, shape: Shape, placement: Placement, value = 0): Tensor {
  checkTensor("place", x);
  checkPlacement("place", x, shape, placement);
  checkNumber("place", "value", value);
  const { starts, steps } = placement;
  return op([x], { shape, starts, steps, value });
}

/** @throws ShapeError or ValueError naming `op` unless there are a shape, starts and steps for the axes of `x`. */
export function checkPlacement(op: string, x: Tensor, shape: Shape, placement: Placement): void {
  checkShape(op, shape);
  refuseUnknownOptions(op, placement, ["starts", "steps"]);
  if (shape.length !== x.rank)
    throw new ShapeError(`${op}: expected a shape of ${x.rank} axes, got ${showShape(shape)}`);
  for (const name of ["starts", "steps"] as const) {
    const list = placement[name];
    if (!Array.isArray(list) || list.length !== x.rank || !list.every(Number.isInteger))
      throw new ValueError(`${op}: ${name} must be ${x.rank} integers, got ${showValue(list)}`);
  }
}
