import type { GpuArgument } from "../../devices/gpu/program.ts";
import type { GpuHalf } from "../../devices/kernel.ts";
import { layoutOf } from "./layout.ts";
import type { NormalizeParams } from "./normalize.ts";

export const normalizeGpu: GpuHalf<NormalizeParams> = {
  key: ({ rest, weight, bias, residual, relu }) => `${rest},${weight},${bias},${residual},${relu}`,
  uniforms: ({ eps }) => [eps],
  gpu(inputs, _, { rest, weight, bias, residual, relu }) {
    const { n, c, inner } = layoutOf(inputs[0]!.shape);
    let next = 3;
    const take = (name: string, present: boolean): [string, GpuArgument][] =>
      present ? [[name, `input${next++}`]] : [];
    const [lost, weights, biases, residuals] = [
      take("d", rest),
      take("w", weight),
      take("b", bias),
      take("r", residual),
    ];
    const at = `(this.thread.z * ${c} + this.thread.y) * ${inner} + this.thread.x`;
    const scale = `function(v${weight ? ", w" : ""}, u) { return ${weight ? "w[this.thread.x]" : "1.0"} / Math.sqrt(v[this.thread.x] + u[0]); }`;
    const operands: [string, GpuArgument][] = [
      ["x", "input0"],
      ["m", "input1"],
      ["s", "step0"],
      ...lost,
      ...biases,
      ...residuals,
    ];
    const normalized =
      `(x[${at}] - m[this.thread.y]${rest ? " - d[this.thread.y]" : ""}) * s[this.thread.y]` +
      `${bias ? " + b[this.thread.y]" : ""}${residual ? ` + r[${at}]` : ""}`;
    const source = `function(${operands.map(([name]) => name).join(", ")}) {
      const y = ${normalized};
      return ${relu ? "y <= 0.0 ? 0.0 : y" : "y"};
    }`;
    return {
      steps: [
        { source: scale, args: ["input2", ...weights.map(([, argument]) => argument), "uniforms"], size: c },
        { source, args: operands.map(([, argument]) => argument), size: [inner, c, n] },
      ],
    };
  },
};
