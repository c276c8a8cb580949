import type { GpuStep } from "../devices/gpu/program.ts";
import type { GpuHalf } from "../devices/kernel.ts";
import { divide, unravel } from "./lib/gpu-index.ts";
import type { SortParams } from "./sort.ts";

/**
 * A gpu kernel makes each of its elements by itself. So each value counts how many come before it, its rank; then each
 * position looks for the value of its rank. The time grows with the square of the axis' length.
 */
export const sortGpu: GpuHalf<SortParams> = {
  gpu(_inputs, _outputs, params) {
    return { steps: [rankStep(params), params.nanFirst ? nanOrPositionStep(params) : positionStep(params)] };
  },
};

/** For each value, how many come before it. */
function rankStep({ outer, length, inner, descending }: SortParams): GpuStep {
  const size = outer * length * inner;
  const source = `function(x) {
${divide("this.thread.x", size, inner, "row", "i")}${divide("row", outer * length, length, "o", "k")}
const start = o * ${length * inner} + i;
const v = x[this.thread.x];
const n = v === v ? 0.0 : 1.0;
let rank = 0.0;
for (let j = 0; j < ${length}; j++) {
  const w = x[start + j * ${inner}];
  const m = w === w ? 0.0 : 1.0;
  let before = 0.0;
  if (m + n < 0.5) { if (w ${descending ? ">" : "<"} v) { before = 1.0; } }
  if (m ${descending ? ">" : "<"} n) { before = 1.0; }
  if (j < k) { if (m === n) { if (w === v) { before = 1.0; } if (m > 0.5) { before = 1.0; } } }
  rank = rank + before;
}
return rank;
}`;
  return { source, args: ["input0"], size };
}

/** For each place, the position of the value that has its rank. */
function positionStep({ outer, length, inner, start, count }: SortParams): GpuStep {
  const source = `function(ranks) {
${unravel([outer, count, inner]).statements}
const start = i0 * ${length * inner} + i2;
const rank = i1 + ${start};
let position = 0.0;
for (let j = 0; j < ${length}; j++) { if (ranks[start + j * ${inner}] === rank) { position = j; } }
return position;
}`;
  return { source, args: ["step0"], size: outer * count * inner };
}

/** As `positionStep`, but the position of the first NaN where there is one. */
function nanOrPositionStep({ outer, length, inner, start, count }: SortParams): GpuStep {
  const source = `function(x, ranks) {
${unravel([outer, count, inner]).statements}
const start = i0 * ${length * inner} + i2;
const rank = i1 + ${start};
let position = 0.0;
let nan = -1.0;
for (let j = 0; j < ${length}; j++) {
  const w = x[start + j * ${inner}];
  if (ranks[start + j * ${inner}] === rank) { position = j; }
  if (w === w) { nan = nan; } else { if (nan < 0.0) { nan = j; } }
}
return nan < 0.0 ? position : nan;
}`;
  return { source, args: ["input0", "step0"], size: outer * count * inner };
}
