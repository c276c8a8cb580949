import { type GpuArgument, ProgramSteps, singleStep } from "../../devices/gpu/program.ts";
import type { GpuHalf } from "../../devices/kernel.ts";
import { sizeOf } from "../../tensor/shape.ts";
import { divide, unravel } from "../lib/gpu-index.ts";
import type { ArgExtremeParams, ReduceParams } from "./kernel.ts";
import { type Pass, planPasses } from "./passes.ts";

/** How a reduction folds values together. */
interface Fold {
  /** Expression of a value `v` that is folded in. */
  readonly map: string;
  /** Statement that folds the mapped value `w` into `m`. */
  readonly fold: string;
}

const sums: Fold = { map: "v", fold: "m = m + w;" };
const squares: Fold = { map: "v * v", fold: "m = m + w;" };
const largest: Fold = { map: "v", fold: "m = w > m ? w : (w === w ? m : w);" };
const smallest: Fold = { map: "v", fold: "m = w < m ? w : (w === w ? m : w);" };

export const sum: GpuHalf<ReduceParams> = reduceGpu(sums, sums);
export const sumSquares: GpuHalf<ReduceParams> = reduceGpu(squares, sums);
export const amax: GpuHalf<ReduceParams> = reduceGpu(largest, largest);
export const amin: GpuHalf<ReduceParams> = reduceGpu(smallest, smallest);

function reduceGpu(first: Fold, rest: Fold): GpuHalf<ReduceParams> {
  return {
    gpu([x], _outputs, { dims, divisor = 1 }) {
      const steps = new ProgramSteps();
      let made: GpuArgument = "input0";
      const passes = planPasses(x!.shape, dims);
      for (const [i, pass] of passes.entries())
        made = addPass(steps, made, pass, i === 0 ? first : rest, i === passes.length - 1 ? divisor : 1);
      return steps.program(made);
    },
  };
}

function addPass(
  steps: ProgramSteps,
  x: GpuArgument,
  { outer, length, inner, block }: Pass,
  { map, fold }: Fold,
  divisor: number,
): GpuArgument {
  const blocks = Math.ceil(length / block);
  const whole = length === blocks * block;
  const next = `const v = x[start + k * ${inner}]; const w = ${map}; ${fold}`;
  const body = `${unravel([outer, blocks, inner]).statements}
const start = (i0 * ${length} + i1 * ${block}) * ${inner} + i2;
const v0 = x[start];
let m = ${map.replaceAll("v", "v0")};
for (let k = 1; k < ${block}; k++) { ${whole ? next : `if (i1 * ${block} + k < ${length}) { ${next} }`} }
return ${divisor === 1 ? "m" : `m / ${divisor}.0`};`;
  return steps.add(outer * blocks * inner, { x }, body);
}

export const argExtreme: GpuHalf<ArgExtremeParams> = {
  gpu(_inputs, [out], { length, inner, sign }) {
    const size = sizeOf(out!.shape);
    const better = sign > 0 ? "v <= best" : "v >= best";
    const body = `${divide("this.thread.x", size, inner, "o", "i")}
const start = o * ${length * inner} + i;
let best = x[start];
let position = 0.0;
for (let k = 1; k < ${length}; k++) {
  const v = x[start + k * ${inner}];
  if (best === best) { if (${better}) { best = best; } else { best = v; position = k; } }
}
return position;`;
    return singleStep(size, { x: "input0" }, body);
  },
};
