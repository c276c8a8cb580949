import { integerLocal } from "../devices/gpu/integer-local.ts";
import { ProgramSteps, singleStep } from "../devices/gpu/program.ts";
import type { GpuHalf } from "../devices/kernel.ts";
import type { GridParams } from "./grid.ts";
import { forMatches, unravel } from "./lib/gpu-index.ts";

export const pickGrid: GpuHalf<GridParams> = {
  gpu(_inputs, _outputs, { planes, height, width, down, across }) {
    const at = integerLocal("p", `i0 * ${height * width} + rows[i1] * ${width} + columns[i2]`);
    const body = `${unravel([planes, down, across]).statements}${at}\nreturn x[p];`;
    return singleStep(planes * down * across, { x: "input0", rows: "input1", columns: "input2" }, body);
  },
};

/** Columns first, then rows. */
export const scatterGrid: GpuHalf<GridParams> = {
  gpu(_inputs, _outputs, { planes, height, width, down, across }) {
    const sum = (extents: readonly number[], start: string, count: number, step: number): string =>
      `${unravel(extents).statements}let sum = 0.0;
${forMatches(start, count, step, "(k | 0)", "sum += x[p];")}return sum;`;
    const steps = new ProgramSteps();
    const intoColumns = sum([planes * down, width], `i0 * ${across}`, across, 1);
    const x = steps.add(planes * down * width, { x: "input0", t: "input2" }, intoColumns);
    const intoRows = sum([planes, height, width], `i0 * ${down * width} + i2`, down, width);
    return steps.program(steps.add(planes * height * width, { x, t: "input1" }, intoRows));
  },
};
