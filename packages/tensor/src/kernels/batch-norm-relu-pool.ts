import { batchNormModule } from "../devices/wasm/generated/batch-norm.ts";
import type { WasmOperand } from "../devices/wasm/context.ts";
import { sequence } from "../devices/gpu/program.ts";
import { defineKernel } from "../kernel.ts";
import type { Kernel } from "../kernel.ts";
import { sizeOf } from "../shape.ts";
import { batchNormGradKernel, normalizeKernel, planesPerPiece } from "./batch-norm.ts";
import type { BatchNormGradParams, NormalizeParams } from "./batch-norm.ts";
import { maxPool2dAdjointKernel, maxPool2dKernel } from "./max-pool2d.ts";
import type { PoolWindows } from "./max-pool2d.ts";

// What devices run for a batch norm, a relu and max-pooling in a row, forwards and backwards: nothing in between is stored.

/** A normalisation, a relu and max-pooling of 2 × 2 windows side by side. */
export interface NormalizeReluPoolParams {
  readonly normalize: NormalizeParams;
  readonly windows: PoolWindows;
}

/** Inputs as of `normalizeKernel`. Outputs as of `maxPool2dKernel`. */
export const normalizeReluPoolKernel: Kernel<NormalizeReluPoolParams> = defineKernel<NormalizeReluPoolParams>({
  name: "batchNormReluMaxPool2d",
  wasm(context, inputs, [values, places], { normalize, windows: { planes, input } }) {
    const [x, mean, variance] = inputs as [WasmOperand, WasmOperand, WasmOperand];
    let next = 3;
    const take = (present: boolean): number => (present ? inputs[next++]!.ptr : 0);
    const [rest, weight, bias] = [take(normalize.rest), take(normalize.weight), take(normalize.bias)];
    context.parallel(
      batchNormModule, "normalizeReluPool", planes, planesPerPiece(input[0] * input[1]),
      x.ptr, mean.ptr, variance.ptr, rest, weight, bias, values!.ptr, places!.ptr, x.shape[1]!, ...input, normalize.eps,
    );
  },
  key: ({ normalize, windows }) => normalizeKernel.key!(normalize) + JSON.stringify(windows),
  uniforms: ({ normalize, windows }) => [...normalizeKernel.uniforms!(normalize), ...maxPool2dKernel.uniforms!(windows)],
  gpu(inputs, outputs, { normalize, windows }) {
    const first = normalizeKernel.gpu!(inputs, [{ shape: inputs[0]!.shape, dtype: "float32" }], normalize);
    const second = maxPool2dKernel.gpu!([{ shape: inputs[0]!.shape, dtype: "float32" }], outputs, windows);
    return sequence(first, second, ["step"], normalizeKernel.uniforms!(normalize).length);
  },
});
