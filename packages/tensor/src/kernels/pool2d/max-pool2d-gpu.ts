import { integerLocal } from "../../devices/gpu/integer-local.ts";
import { ProgramSteps, singleStep } from "../../devices/gpu/program.ts";
import type { GpuHalf } from "../../devices/kernel.ts";
import type { Pair } from "../conv2d/geometry.ts";
import { divide } from "../lib/gpu-index.ts";
import type { PoolWindows } from "./max-pool2d.ts";

export const maxPool2d: GpuHalf<PoolWindows> = maxHalf(true);
export const maxPool2dValues: GpuHalf<PoolWindows> = maxHalf(false);

/** The places first, then the values that lie there. A comparison with NaN is false, so NaN is told by the `else` branches. */
function maxHalf(givesPlaces: boolean): GpuHalf<PoolWindows> {
  return {
    uniforms: () => [-Infinity],
    gpu(_inputs, _outputs, { planes, input, output, kernel, stride, padding, dilation }) {
      const size = [output[0] * output[1], planes] as const;
      const outside = (axis: 0 | 1): boolean =>
        padding[axis] > 0 || (output[axis] - 1) * stride[axis] + (kernel[axis] - 1) * dilation[axis] >= input[axis];
      const clipped = outside(0) || outside(1);
      const larger = "v <= best ? 0.0 : (v === v ? (best === best ? 1.0 : 0.0) : 1.0)";
      const compare =
        `${integerLocal("p", `first + y * ${input[1]} + z`)}\nconst v = x[p];\n` +
        `const better = place < 0.0 ? 1.0 : (${larger});\nif (better > 0.5) { best = v; place = y * ${input[1]}.0 + z; }\n`;
      const update = clipped
        ? `if (y >= 0.0 && y < ${input[0]}.0 && z >= 0.0 && z < ${input[1]}.0) {\n${compare}}\n`
        : compare;
      const places =
        divide("this.thread.x", size[0], output[1], "row", "column") +
        `const first = this.thread.y * ${input[0] * input[1]};\nlet best = 0.0;\nlet place = -1.0;\n` +
        `for (let i = 0; i < ${kernel[0]}; i++) {\nfor (let j = 0; j < ${kernel[1]}; j++) {\n` +
        `const y = row * ${stride[0]}.0 + i * ${dilation[0]}.0 - ${padding[0]}.0;\nconst z = column * ${stride[1]}.0 + j * ${dilation[1]}.0 - ${padding[1]}.0;\n` +
        `${update}}\n}\nreturn place;`;
      const values = `${takeStatements(input, output)}return t[q] < 0.0 ? u[0] : x[p];`;
      const steps = new ProgramSteps();
      const t = steps.add(size, { x: "input0" }, places);
      const y = steps.add(size, { x: "input0", t, u: "uniforms" }, values);
      return steps.program(y, ...(givesPlaces ? [t] : []));
    },
  };
}

/** Each place of x asks the few windows that reach it whether it was their maximum. */
export const maxPool2dGrad: GpuHalf<PoolWindows> = {
  gpu(_inputs, _outputs, windows) {
    const { planes, input, output } = windows;
    const rows = reaching(windows, 0, "row", "y");
    const columns = reaching(windows, 1, "column", "z");
    const inside = [...rows.inside, ...columns.inside].join(" && ");
    const ask = `${integerLocal("q", `this.thread.y * ${output[0] * output[1]} + y * ${output[1]} + z`)}\nif (t[q] === this.thread.x) { s += g[q]; }\n`;
    const body =
      `${divide("this.thread.x", input[0] * input[1], input[1], "row", "column")}let s = 0.0;\n` +
      `${rows.first}${columns.first}` +
      // Windows are asked in the order of their places, as in a loop over windows that adds each gradient.
      `${rows.each}${columns.each}${inside === "" ? ask : `if (${inside}) {\n${ask}}\n`}${columns.end}${rows.end}return s;`;
    return singleStep([input[0] * input[1], planes], { g: "input0", t: "input1" }, body);
  },
};

export const maxPool2dTake: GpuHalf<PoolWindows> = {
  gpu(_inputs, _outputs, { planes, input, output }) {
    const body = `${takeStatements(input, output)}return t[q] < 0.0 ? 0.0 : x[p];`;
    return singleStep([output[0] * output[1], planes], { x: "input0", t: "input1" }, body);
  },
};

/** gpu.js statements for `q`, the place of a window, and `p`, the place of its maximum in all planes. */
function takeStatements(input: Pair, output: Pair): string {
  return (
    `${integerLocal("q", `this.thread.y * ${output[0] * output[1]} + this.thread.x`)}\n` +
    `${integerLocal("p", `this.thread.y * ${input[0] * input[1]} + Math.max(t[q], 0.0)`)}\n`
  );
}

/** Along one axis: statements for the first window that may reach a place, a loop over them, and what tells those that exist. */
function reaching(
  { input, output, kernel, stride, padding, dilation }: PoolWindows,
  axis: 0 | 1,
  place: string,
  name: string,
): { readonly first: string; readonly each: string; readonly end: string; readonly inside: readonly string[] } {
  const step = stride[axis];
  const count = Math.min(output[axis], Math.floor(((kernel[axis] - 1) * dilation[axis]) / step) + 1);
  const below = input[axis] + padding[axis];
  // The last window that starts at or before the place; with fewer windows than may reach it, the first of all.
  const all = count === output[axis];
  const first = all
    ? `const ${name}First = 0.0;\n`
    : `${divide(`(${place} + ${padding[axis]}.0)`, below, step, `${name}Last`, `${name}Rest`)}const ${name}First = ${name}Last - ${count - 1}.0;\n`;
  const inside = all
    ? []
    : [
        ...(count > 1 ? [`${name} >= 0.0`] : []),
        ...(Math.floor((below - 1) / step) >= output[axis] ? [`${name} < ${output[axis]}.0`] : []),
      ];
  const single = count === 1;
  return {
    first,
    each: single
      ? `const ${name} = ${name}First;\n`
      : `for (let ${name}i = 0; ${name}i < ${count}; ${name}i++) {\nconst ${name} = ${name}First + ${name}i;\n`,
    end: single ? "" : "}\n",
    inside,
  };
}
