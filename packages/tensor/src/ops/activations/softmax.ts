import { checkFloat, normalizeDim } from "../../checks/index.ts";
import { defineOp, launchOne, type Tensor } from "../../core.ts";
import { softmaxKernel } from "../../kernels/softmax.ts";
import { mul, sub, sum } from "../basic.ts";

const op = defineOp<[Tensor], number>({
  name: "softmax",
  forward: ([x], dim) => launchOne(softmaxKernel, [x], { shape: x.shape, dtype: x.dtype }, { dim, logarithm: false }),
  vjp: (grad, { outputs: [y], params: dim }) => [mul(y!, sub(grad, sum(mul(grad, y!), dim, { keepDim: true })))],
  reads: { inputs: false, outputs: true },
});

/**
 * eˣ divided by its sum along an axis: positive numbers that add up to 1.
 *
 * Large entries do not overflow. A row of −∞ gives NaN, as in torch.
 *
 * @throws DTypeError if `x` is int32.
 */
export function softmax(x: Tensor, dim: number): Tensor {
  checkFloat("softmax", x);
  return op([x], normalizeDim("softmax", dim, x.rank));
}
