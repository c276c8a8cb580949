import { checkNumber, checkShape, checkTensor, refuseUnknownOptions, showValue } from "../../checks/index.ts";
import {
  defineOp,
  IndexError,
  launchOne,
  type Shape,
  ShapeError,
  showShape,
  sizeOf,
  stridesOf,
  type Tensor,
  ValueError,
} from "../../core.ts";
import { placeKernel, readKernel } from "../../kernels/movement.ts";
import { full } from "../../tensor/create.ts";

// Each is the other's adjoint, and so they share a file.

/** Where elements lie in a larger tensor: index `i` along an axis is at `start + i·step`. */
export interface Placement {
  readonly starts: readonly number[];
  readonly steps: readonly number[];
}

interface PlaceParams extends Placement {
  readonly shape: Shape;
  readonly value: number;
}

const placing = defineOp<readonly [Tensor], PlaceParams>({
  name: "place",
  forward([x], { shape, starts, steps, value }) {
    if (x.size === 0) return full(shape, value, { dtype: x.dtype, device: x.device });
    return launchOne(placeKernel, [x], { shape, dtype: x.dtype }, { starts, steps, value });
  },
  vjp: (grad, { inputs: [x], params: { starts, steps } }) => [take(grad, x.shape, { starts, steps })],
  reads: { inputs: false, outputs: false },
});

/**
 * `x` set into a tensor of `shape` that is `value` elsewhere: padding, and the adjoint of `take`.
 *
 * @throws IndexError if `x` would reach beyond `shape`. @throws ValueError if `x` is int32 and `value` is not.
 */
export function place(x: Tensor, shape: Shape, placement: Placement, value = 0): Tensor {
  checkTensor("place", x);
  checkPlacement("place", x, shape, placement);
  checkReach("place", x.shape, shape, placement);
  checkFill("place", value, x);
  const { starts, steps } = placement;
  return placing([x], { shape, starts, steps, value });
}

interface TakeParams extends Placement {
  readonly shape: Shape;
}

const taking = defineOp<readonly [Tensor], TakeParams>({
  name: "take",
  forward([x], { shape, starts, steps }) {
    const own = stridesOf(x.shape);
    const offset = own.reduce((sum, stride, axis) => sum + stride * starts[axis]!, 0);
    const strides = own.map((stride, axis) => stride * steps[axis]!);
    return launchOne(readKernel, [x], { shape, dtype: x.dtype }, { offset, strides });
  },
  vjp: (grad, { inputs: [x], params: { starts, steps } }) => [place(grad, x.shape, { starts, steps })],
  reads: { inputs: false, outputs: false },
});

/**
 * The elements of `x` at `start + i·step` along each axis, `shape` of them: slices and flips, and the adjoint of `place`.
 *
 * @throws IndexError if one lies outside of `x`.
 */
export function take(x: Tensor, shape: Shape, placement: Placement): Tensor {
  checkTensor("take", x);
  checkPlacement("take", x, shape, placement);
  checkReach("take", shape, x.shape, placement);
  const { starts, steps } = placement;
  return taking([x], { shape, starts, steps });
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
  if (placement.steps.includes(0))
    throw new ValueError(`${op}: steps must not be 0, got ${showValue(placement.steps)}`);
}

/** @throws IndexError naming `op` if a part of that shape, placed so, would reach beyond the whole. */
export function checkReach(op: string, part: Shape, whole: Shape, { starts, steps }: Placement): void {
  if (sizeOf(part) === 0) return;
  for (const [axis, extent] of whole.entries()) {
    const first = starts[axis]!;
    const last = first + (part[axis]! - 1) * steps[axis]!;
    if (Math.min(first, last) < 0 || Math.max(first, last) >= extent)
      throw new IndexError(`${op}: positions ${first} to ${last} along axis ${axis} lie beyond its ${extent} entries`);
  }
}

/** @throws ValueError naming `op` unless `value` can stand among those of `x`. */
export function checkFill(op: string, value: number, { dtype }: Tensor): void {
  checkNumber(op, "value", value);
  if (dtype === "int32" && (value | 0) !== value)
    throw new ValueError(
      `${op}: value ${value} does not suit an int32 tensor; cast(x, "float32") makes one that it suits`,
    );
}
