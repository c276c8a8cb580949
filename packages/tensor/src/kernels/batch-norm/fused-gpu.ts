import { inputNames, ProgramSteps } from "../../devices/gpu/program.ts";
import type { GpuHalf } from "../../devices/kernel.ts";
import { maxPool2dGradGpu, maxPool2dGpu, maxPool2dValuesGpu } from "../pool2d/max-pool2d-gpu.ts";
import type { NormalizeReluPoolParams, PooledGradParams } from "./fused.ts";
import { batchNormGradGpu } from "./grad-gpu.ts";
import { normalizeGpu } from "./normalize-gpu.ts";

export const normalizeReluPoolGpu: GpuHalf<NormalizeReluPoolParams> = {
  key: ({ normalize, windows }) => normalizeGpu.key!(normalize) + JSON.stringify(windows),
  uniforms: ({ normalize }) => normalizeGpu.uniforms!(normalize),
  gpu(inputs, outputs, { normalize, windows }) {
    const between = { shape: inputs[0]!.shape, dtype: "float32" } as const;
    const steps = new ProgramSteps();
    const normalized = steps.append(normalizeGpu.gpu!(inputs, [between], normalize), inputNames(inputs));
    const pool = outputs.length > 1 ? maxPool2dGpu : maxPool2dValuesGpu;
    return steps.program(...steps.append(pool.gpu!([between], outputs, windows), normalized));
  },
};

export const pooledBatchNormGradGpu: GpuHalf<PooledGradParams> = {
  key: ({ grad, bias, windows }) => `${batchNormGradGpu.key!(grad)},${bias}${JSON.stringify(windows)}`,
  uniforms: ({ grad }) => batchNormGradGpu.uniforms!(grad),
  gpu(inputs, outputs, { grad, bias, windows }) {
    const [gradient, places, x, mean, variance] = ["input0", "input1", "input2", "input3", "input4"] as const;
    const optional = inputNames(inputs).slice(5);
    const spec = inputs[2]!;
    const { eps, constant, rest, weight } = grad;
    const steps = new ProgramSteps();
    const normalized = steps.append(
      normalizeGpu.gpu!(inputs.slice(2), [spec], { eps, rest, weight, bias, residual: false, relu: true }),
      [x, mean, variance, ...optional],
    );
    const unpooled = steps.append(maxPool2dGradGpu.gpu!(inputs.slice(0, 2), [spec], windows), [gradient, places]);
    const results = steps.append(
      batchNormGradGpu.gpu!([spec, ...inputs.slice(2), spec], outputs, { eps, constant, rest, weight, relu: true }),
      [...unpooled, x, mean, variance, ...(bias ? optional.slice(0, -1) : optional), ...normalized],
    );
    return steps.program(...results);
  },
};
