import { type Bound, ProgramSteps, type GpuArgument } from "../devices/gpu/program.ts";
import type { GpuHalf } from "../devices/kernel.ts";
import { unravel } from "./lib/gpu-index.ts";
import type { ScanParams } from "./scan.ts";

export const cumsum: GpuHalf<ScanParams> = scanGpu("+");

export const cumprod: GpuHalf<ScanParams> = scanGpu("*");

/**
 * A running fold: combines each entry with those 1, 2, 4, … before it, in ⌈log₂ length⌉ steps (Hillis & Steele 1986,
 * https://doi.org/10.1145/7902.7903).
 */
function scanGpu(operator: "+" | "*"): GpuHalf<ScanParams> {
  return {
    gpu(_inputs, _outputs, params) {
      const steps = new ProgramSteps();
      let x: GpuArgument = "input0";
      for (const stride of strides(params.length))
        x = add(steps, params, stride, { x }, "x[at]", `x[at] ${operator} x[other]`);
      return steps.program(x);
    },
  };
}

export const linearRecurrence: GpuHalf<ScanParams> = {
  gpu(_inputs, _outputs, params) {
    const steps = new ProgramSteps();
    let a: GpuArgument = "input0";
    let b: GpuArgument = "input1";
    if (params.reverse) a = add(steps, params, 1, { a }, "a[at]", "a[other]");
    const all = strides(params.length);
    for (const stride of all) {
      const next = add(steps, params, stride, { a, b }, "b[at]", "b[at] + a[at] * b[other]");
      if (stride !== all.at(-1)) a = add(steps, params, stride, { a }, "a[at]", "a[at] * a[other]");
      b = next;
    }
    return steps.program(b);
  },
};

/** Adds a step that makes, at `at`, one of two expressions: `alone` if no entry is `stride` before it, else `joined` with `other`. */
function add(
  steps: ProgramSteps,
  { outer, length, inner, reverse }: ScanParams,
  stride: number,
  bound: Bound,
  alone: string,
  joined: string,
): GpuArgument {
  const isFirst = reverse ? `i1 > ${length - stride}.0 - 0.5` : `i1 < ${stride}.0 - 0.5`;
  const at = "this.thread.x";
  const other = `this.thread.x ${reverse ? "+" : "-"} ${stride * inner}`;
  const filled = (expression: string): string => expression.replaceAll("other", other).replaceAll("[at]", `[${at}]`);
  const body = `${unravel([outer, length, inner]).statements}if (${isFirst}) { return ${filled(alone)}; }
return ${filled(joined)};`;
  return steps.add(outer * length * inner, bound, body);
}

/** 1, 2, 4, … below the length; at least one. */
function strides(length: number): number[] {
  const all = [1];
  while (all.at(-1)! * 2 < length) all.push(all.at(-1)! * 2);
  return all;
}
