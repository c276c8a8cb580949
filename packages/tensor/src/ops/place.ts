import { placeKernel } from "../kernels/movement.ts";
import { full } from "../create.ts";
import { defineOp, launchOne } from "../op.ts";
import type { Shape } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
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
  vjp: (grad, { inputs: [x], params }) => [take(grad, x.shape, params)],
  reads: { inputs: false, outputs: false },
});

/** `x` set into a tensor of `shape` that is `value` elsewhere: padding, and the adjoint of `take`. */
export function place(x: Tensor, shape: Shape, { starts, steps }: Placement, value = 0): Tensor {
  return op([x], { shape, starts, steps, value });
}
