import { checkFloat, normalizeDim } from "../../checks/index.ts";
import { defineOp, launchOne, type Tensor } from "../../core.ts";
import { softmaxKernel } from "../../kernels/softmax.ts";
import { exp, mul, sub, sum } from "../basic.ts";

const op = defineOp<[Tensor], number>({
  name: "logSoftmax",
  forward: ([x], dim) => launchOne(softmaxKernel, [x], { shape: x.shape, dtype: x.dtype }, { dim, logarithm: true }),
  vjp: (grad, { outputs: [y], params: dim }) => [sub(grad, mul(exp(y!), sum(grad, dim, { keepDim: true })))],
  reads: { inputs: false, outputs: true },
});

/**
 * ln softmax(x) along an axis, without the loss of taking the logarithm of a rounded softmax.
 *
 * @throws DTypeError if `x` is int32.
 */
export function logSoftmax(x: Tensor, dim: number): Tensor {
  checkFloat("logSoftmax", x);
  return op([x], normalizeDim("logSoftmax", dim, x.rank));
}
