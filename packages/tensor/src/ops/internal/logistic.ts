import { type Applied, defineOp, type Tensor } from "../../core.ts";
import { sigmoid } from "../activations/sigmoid.ts";
import { mul, neg } from "../basic.ts";

/**
 * σ(z), as the slope of a smooth maximum. Its own slope is σ(z)·σ(−z), which reads z: that of `sigmoid`, σ·(1 − σ), reads what
 * was computed, and is all rounding where σ is nearly 1.
 */
export const logistic: Applied<readonly [Tensor]> = defineOp<readonly [Tensor]>({
  name: "logistic",
  forward: ([z]) => sigmoid(z),
  vjp: (grad, { inputs: [z] }) => [mul(grad, mul(sigmoid(z), sigmoid(neg(z))))],
  reads: { outputs: false },
});
