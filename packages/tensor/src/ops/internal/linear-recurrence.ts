import { type Applied, defineOp, launchOne, type Tensor } from "../../core.ts";
import { recurrenceKernel, type ScanParams } from "../../kernels/scan.ts";
import { mul, pad } from "../basic.ts";

/** The axis, also by number. */
interface RecurrenceParams extends ScanParams {
  readonly axis: number;
}

/**
 * `y[k] = b[k] + a[k]·y[k − 1]` along an axis, or with `reverse` `y[k] = b[k] + a[k + 1]·y[k + 1]`. Each of the two is the
 * adjoint of the other in b. `a[0]` plays no part.
 */
export const linearRecurrence: Applied<readonly [a: Tensor, b: Tensor], RecurrenceParams> = defineOp({
  name: "linearRecurrence",
  forward: ([a, b], { outer, length, inner, reverse }) =>
    launchOne(recurrenceKernel, [a, b], { shape: b.shape, dtype: "float32" }, { outer, length, inner, reverse }),
  vjp(grad, { inputs: [a], outputs: [y], params, needs }) {
    const toB = linearRecurrence([a, grad], { ...params, reverse: !params.reverse });
    if (!needs[0]) return [null, toB];
    const [earlier, later] = params.reverse ? [toB, y!] : [y!, toB];
    return [mul(shifted(earlier, params.axis, 0), later), needs[1] ? toB : null];
  },
  reads: { inputs: [0], outputs: true },
});

/** Moves each entry one place on along an axis. `first` takes the first place, and the last entry falls out. */
export function shifted(x: Tensor, axis: number, first: number): Tensor {
  if (x.size === 0) return x;
  const amounts = x.shape.map((_, i) => (i === axis ? ([1, -1] as const) : ([0, 0] as const)));
  return pad(x, amounts, { value: first });
}
