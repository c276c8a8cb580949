import { inputNames, ProgramSteps } from "../../devices/gpu/program.ts";
import type { GpuHalf } from "../../devices/kernel.ts";
import { maxPool2dGrad, maxPool2d, maxPool2dValues } from "../pool2d/max-pool2d-gpu.ts";
import type { NormalizeReluPoolParams, PooledGradParams } from "./fused.ts";
import { batchNormGrad } from "./grad-gpu.ts";
import { batchNorm } from "./normalize-gpu.ts";

export const batchNormReluMaxPool2d: GpuHalf<NormalizeReluPoolParams> = {
  key: ({ normalize, windows }) => batchNorm.key!(normalize) + JSON.stringify(windows),
  uniforms: ({ normalize }) => batchNorm.uniforms!(normalize),
  gpu(inputs, outputs, { normalize, windows }) {
    const between = { shape: inputs[0]!.shape, dtype: "float32" } as const;
    const steps = new ProgramSteps();
    const normalized = steps.append(batchNorm.gpu!(inputs, [between], normalize), inputNames(inputs));
    const pool = outputs.length > 1 ? maxPool2d : maxPool2dValues;
    return steps.program(...steps.append(pool.gpu!([between], outputs, windows), normalized));
  },
};

export const batchNormReluMaxPool2dGrad: GpuHalf<PooledGradParams> = {
  key: ({ grad, bias, windows }) => `${batchNormGrad.key!(grad)},${bias}${JSON.stringify(windows)}`,
  uniforms: ({ grad }) => batchNormGrad.uniforms!(grad),
  gpu(inputs, outputs, { grad, bias, windows }) {
    const [gradient, places, x, mean, variance] = ["input0", "input1", "input2", "input3", "input4"] as const;
    const optional = inputNames(inputs).slice(5);
    const spec = inputs[2]!;
    const { eps, constant, rest, weight } = grad;
    const steps = new ProgramSteps();
    const normalized = steps.append(
      batchNorm.gpu!(inputs.slice(2), [spec], { eps, rest, weight, bias, residual: false, relu: true }),
      [x, mean, variance, ...optional],
    );
    const unpooled = steps.append(maxPool2dGrad.gpu!(inputs.slice(0, 2), [spec], windows), [gradient, places]);
    const results = steps.append(
      batchNormGrad.gpu!([spec, ...inputs.slice(2), spec], outputs, { eps, constant, rest, weight, relu: true }),
      [...unpooled, x, mean, variance, ...(bias ? optional.slice(0, -1) : optional), ...normalized],
    );
    return steps.program(...results);
  },
};
