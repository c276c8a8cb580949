import { maxPool2dKernel } from "../kernels/pool2d.ts";
import type { Window } from "../kernels/pool2d.ts";
import { defineMultiOp, launch } from "../op.ts";
import type { Shape } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { maxPool2dGrad } from "./max-pool2d-grad.ts";
import type { MaxPool2dOptions } from "./max-pool2d.ts";
import { poolWindow } from "./pool-window.ts";
import type { Pair } from "./pool-window.ts";

interface MaxPoolParams {
  readonly window: Window;
  readonly shape: Shape;
}

const op = defineMultiOp<readonly [Tensor], MaxPoolParams>({
  name: "maxPool2d",
  forward: ([x], { window, shape }) => launch(maxPool2dKernel, [x], [{ shape, dtype: "float32" }, { shape, dtype: "int32" }], window),
  vjp: ([grad], { inputs: [x], outputs: [, indices], params: { window } }) => [maxPool2dGrad(grad!, indices!, x.shape, window)],
  reads: { inputs: false, outputs: true },
});

/** Max-pooling, and where each largest value stands: `y·w + x` in its plane, int32. See `maxPool2d`. */
export function maxPool2dWithIndices(x: Tensor, kernelSize: Pair, options: MaxPool2dOptions = {}): readonly [values: Tensor, indices: Tensor] {
  const [values, indices] = op([x], poolWindow("maxPool2d", x, kernelSize, options));
  return [values!, indices!];
}
