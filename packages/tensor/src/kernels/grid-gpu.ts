import { integerLocal } from "../devices/gpu/integer-local.ts";
import { singleStep } from "../devices/gpu/program.ts";
import type { GpuHalf } from "../devices/kernel.ts";
import type { GridParams } from "./grid.ts";
import { unravel } from "./lib/gpu-index.ts";

export const pickGridGpu: GpuHalf<GridParams> = {
  gpu(_inputs, _outputs, { planes, height, width, down, across }) {
    const { statements } = unravel([planes, down, across]);
    const source = `function(x, rows, columns) {
${statements}
${integerLocal("p", `i0 * ${height * width} + rows[i1] * ${width} + columns[i2]`)}
return x[p];
}`;
    return singleStep(source, 3, planes * down * across);
  },
};

/** Columns first, then rows. */
export const scatterGridGpu: GpuHalf<GridParams> = {
  gpu(_inputs, _outputs, { planes, height, width, down, across }) {
    const intoColumns = `function(g, columns) {
${unravel([planes * down, width]).statements}
${integerLocal("p", `i0 * ${across}`)}
let sum = 0.0;
for (let j = 0; j < ${across}; j++) {
  if (columns[j] === i1) { sum += g[p]; }
  p += 1;
}
return sum;
}`;
    const intoRows = `function(s, rows) {
${unravel([planes, height, width]).statements}
${integerLocal("p", `i0 * ${down * width} + i2`)}
let sum = 0.0;
for (let i = 0; i < ${down}; i++) {
  if (rows[i] === i1) { sum += s[p]; }
  p += ${width};
}
return sum;
}`;
    return {
      steps: [
        { source: intoColumns, args: ["input0", "input2"], size: planes * down * width },
        { source: intoRows, args: ["step0", "input1"], size: planes * height * width },
      ],
    };
  },
};
