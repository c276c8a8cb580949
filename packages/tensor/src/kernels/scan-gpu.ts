import type { GpuArgument, GpuStep } from "../devices/gpu/program.ts";
import type { GpuHalf } from "../devices/kernel.ts";
import { divide } from "./lib/gpu-index.ts";
import type { ScanParams } from "./scan.ts";

export const cumsumGpu: GpuHalf<ScanParams> = scanGpu("+");

export const cumprodGpu: GpuHalf<ScanParams> = scanGpu("*");

/**
 * A running fold: combines each entry with those 1, 2, 4, … before it, in ⌈log₂ length⌉ steps (Hillis & Steele 1986,
 * https://doi.org/10.1145/7902.7903).
 */
function scanGpu(operator: "+" | "*"): GpuHalf<ScanParams> {
  return {
    gpu(_inputs, _outputs, params) {
      const steps: GpuStep[] = [];
      for (const stride of strides(params.length)) {
        const args: GpuArgument[] = [steps.length === 0 ? "input0" : `step${steps.length - 1}`];
        steps.push(step(params, stride, "x", args, "x[at]", `x[at] ${operator} x[other]`));
      }
      return { steps };
    },
  };
}

export const recurrenceGpu: GpuHalf<ScanParams> = {
  gpu(_inputs, _outputs, params) {
    const steps: GpuStep[] = [];
    const push = (made: GpuStep): GpuArgument => `step${steps.push(made) - 1}`;
    let factors: GpuArgument = "input0";
    let values: GpuArgument = "input1";
    if (params.reverse) factors = push(step(params, 1, "a", [factors], "a[at]", "a[other]"));
    const all = strides(params.length);
    for (const stride of all) {
      const next = push(step(params, stride, "a, b", [factors, values], "b[at]", "b[at] + a[at] * b[other]"));
      if (stride !== all.at(-1)) factors = push(step(params, stride, "a", [factors], "a[at]", "a[at] * a[other]"));
      values = next;
    }
    return { steps, outputs: [Number(values.slice(4))] };
  },
};

/** A step that makes, at `at`, one of two expressions: `alone` if no entry is `stride` before it, else `joined` with `other`. */
function step(
  { outer, length, inner, reverse }: ScanParams,
  stride: number,
  parameters: string,
  args: readonly GpuArgument[],
  alone: string,
  joined: string,
): GpuStep {
  const size = outer * length * inner;
  const isFirst = reverse ? `k > ${length - stride}.0 - 0.5` : `k < ${stride}.0 - 0.5`;
  const at = "this.thread.x";
  const other = `this.thread.x ${reverse ? "+" : "-"} ${stride * inner}`;
  const filled = (expression: string): string => expression.replaceAll("other", other).replaceAll("[at]", `[${at}]`);
  const source = `function(${parameters}) {
${divide(at, size, inner, "row", "i")}${divide("row", outer * length, length, "o", "k")}
if (${isFirst}) { return ${filled(alone)}; }
return ${filled(joined)};
}`;
  return { source, args, size };
}

/** 1, 2, 4, … below the length; at least one. */
function strides(length: number): number[] {
  const all = [1];
  while (all.at(-1)! * 2 < length) all.push(all.at(-1)! * 2);
  return all;
}
