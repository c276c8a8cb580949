import { type Applied, defineOp, type Tensor } from "../../core.ts";
import { add, mul, rsqrt, sub, sum } from "../basic.ts";
import { sumSquares } from "../reduction/sum-squares.ts";

interface RmsParams {
  /** The axes that are divided together, and how many values they hold. */
  readonly axes: readonly number[];
  readonly count: number;
  readonly eps: number;
}

/**
 * `x / √(E[x²] + eps)` over axes. Its gradient is written out, which takes half the passes over `x` that the chain rule takes:
 * with r = 1/√(E[x²] + eps), `dx = r·g − x·r³·E[g·x]`.
 */
export const divideByRms: Applied<readonly [Tensor], RmsParams> = defineOp({
  name: "divideByRms",
  forward: ([x], params) => mul(x, inverseRms(x, params)),
  vjp: (grad, { inputs: [x], params }) => {
    const r = inverseRms(x, params);
    const { axes, count } = params;
    const mean = mul(sum(mul(grad, x), axes, { keepDim: true }), 1 / count);
    // r³ by itself would leave the range of float32 long before r does.
    const shared = mul(mul(mul(mean, r), r), r);
    return [sub(mul(grad, r), mul(x, shared))];
  },
  reads: { inputs: true, outputs: false },
});

function inverseRms(x: Tensor, { axes, count, eps }: RmsParams): Tensor {
  return rsqrt(add(mul(sumSquares(x, axes, { keepDim: true }), 1 / count), eps));
}
