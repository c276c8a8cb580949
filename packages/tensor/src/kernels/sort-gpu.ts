import { ProgramSteps } from "../devices/gpu/program.ts";
import type { GpuHalf } from "../devices/kernel.ts";
import { unravel } from "./lib/gpu-index.ts";
import type { SortParams } from "./sort.ts";

/**
 * A gpu kernel makes each of its elements by itself. So each value counts how many come before it, its rank; then each
 * position looks for the value of its rank. The time grows with the square of the axis' length.
 */
export const sort: GpuHalf<SortParams> = {
  gpu(_inputs, _outputs, params) {
    const { outer, length, inner, count, nanFirst } = params;
    const steps = new ProgramSteps();
    const ranks = steps.add(outer * length * inner, { x: "input0" }, rank(params));
    const bound = { x: nanFirst ? "input0" : undefined, ranks } as const;
    return steps.program(steps.add(outer * count * inner, bound, position(params)));
  },
};

/** For each value, how many come before it. */
function rank({ outer, length, inner, descending }: SortParams): string {
  return `${unravel([outer, length, inner]).statements}
const start = i0 * ${length * inner} + i2;
const v = x[this.thread.x];
const n = v === v ? 0.0 : 1.0;
let rank = 0.0;
for (let j = 0; j < ${length}; j++) {
  const w = x[start + j * ${inner}];
  const m = w === w ? 0.0 : 1.0;
  let before = 0.0;
  if (m + n < 0.5) { if (w ${descending ? ">" : "<"} v) { before = 1.0; } }
  if (m ${descending ? ">" : "<"} n) { before = 1.0; }
  if (j < i1) { if (m === n) { if (w === v) { before = 1.0; } if (m > 0.5) { before = 1.0; } } }
  rank = rank + before;
}
return rank;`;
}

/** For each place, the position of the value that has its rank; with `nanFirst`, that of the first NaN where there is one. */
function position({ outer, length, inner, start, count, nanFirst }: SortParams): string {
  const seekNan = `
  const w = x[start + j * ${inner}];
  if (w === w) { nan = nan; } else { if (nan < 0.0) { nan = j; } }`;
  return `${unravel([outer, count, inner]).statements}
const start = i0 * ${length * inner} + i2;
const rank = i1 + ${start};
let position = 0.0;
let nan = -1.0;
for (let j = 0; j < ${length}; j++) {
  if (ranks[start + j * ${inner}] === rank) { position = j; }${nanFirst ? seekNan : ""}
}
return nan < 0.0 ? position : nan;`;
}
