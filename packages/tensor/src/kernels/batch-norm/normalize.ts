import { defineWasmHalf, type Kernel } from "../../devices/kernel.ts";
import { batchNormModule } from "../../devices/wasm/generated/batch-norm.ts";
import { addendOf } from "../lib/addend.ts";
import { addressesOf, optionalAddresses } from "../lib/addresses.ts";
import { planesPerPiece } from "../lib/pieces.ts";
import { poolsPairs } from "../lib/pools-pairs.ts";
import type { PoolWindows } from "../pool2d/max-pool2d.ts";
import { normalizeReluPoolKernel } from "./fused.ts";
import { layoutOf } from "./layout.ts";

/** Which of the optional inputs are there, in this order after x, mean and variance. */
export interface NormalizeParams {
  readonly eps: number;
  /** What the mean lost by rounding. */
  readonly rest: boolean;
  readonly weight: boolean;
  readonly bias: boolean;
  readonly residual: boolean;
  /** Whether a relu follows. */
  readonly relu: boolean;
}

/** Inputs x, mean, variance, then rest, weight, bias and residual where there are any. Output: the normalised x. */
export const normalizeKernel: Kernel<NormalizeParams> = /* @__PURE__ */ defineWasmHalf({
  name: "batchNorm",
  role: "batchNorm",
  deferrable: true,
  // A relu, a residual sum or max-pooling that reads the normalisation becomes part of it.
  absorb(consumer, consumerParams, inputs, position) {
    const { producer } = inputs[position]!;
    const params = producer!.params as NormalizeParams;
    const own = producer!.inputs.map((source) => source.operand);
    if (consumer.role === "relu" && !params.relu)
      return { kernel: normalizeKernel, inputs: own, params: { ...params, relu: true } };
    const addend = params.relu || params.residual ? null : addendOf(consumer, inputs, position);
    if (addend !== null)
      return { kernel: normalizeKernel, inputs: [...own, addend], params: { ...params, residual: true } };
    const pools = consumer.role === "maxPool2d" || consumer.role === "maxPool2dValues";
    if (pools && params.relu && !params.residual) {
      const windows = consumerParams as PoolWindows;
      if (!poolsPairs(windows)) return null;
      return { kernel: normalizeReluPoolKernel, inputs: own, params: { normalize: params, windows } };
    }
    return null;
  },
  wasm(context, inputs, [out], { eps, rest, weight, bias, residual, relu }) {
    const [x, mean, variance] = inputs;
    const { n, c, inner } = layoutOf(x!.shape);
    const optional = optionalAddresses(inputs, 3, rest, weight, bias, residual);
    const operands = [...addressesOf(x, mean, variance), ...optional, out!.ptr] as const;
    const sizes = [c, inner, eps, Number(relu)] as const;
    context.parallel(batchNormModule, "normalize", n * c, planesPerPiece(inner), ...operands, ...sizes);
  },
});
