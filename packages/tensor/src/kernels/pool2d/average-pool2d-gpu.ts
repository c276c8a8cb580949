import { integerLocal } from "../../devices/gpu/integer-local.ts";
import { singleStep } from "../../devices/gpu/program.ts";
import type { GpuHalf } from "../../devices/kernel.ts";
import { divide } from "../lib/gpu-index.ts";
import type { AverageWindows, AxisWindows } from "./average-pool2d.ts";

export const averagePool2d: GpuHalf<AverageWindows> = {
  key: ({ rows, columns }) => `${longest(rows)},${longest(columns)}`,
  uniforms: ({ rows, columns }) =>
    [rows, columns].flatMap((axis) => axis.windows.flatMap(({ start, end, divisor }) => [start, end - start, divisor])),
  gpu(_inputs, _outputs, { planes, rows, columns }) {
    const [height, width] = [rows.windows.length, columns.windows.length];
    const body =
      `${divide("this.thread.x", height * width, width, "row", "column")}${integerLocal("r", "row * 3")}\n${integerLocal("c", `column * 3 + ${3 * height}`)}\n` +
      `const top = u[r]; const rows = u[r + 1]; const left = u[c]; const columns = u[c + 1];\nlet s = 0.0;\n` +
      `for (let i = 0; i < ${longest(rows)}; i++) {\nfor (let j = 0; j < ${longest(columns)}; j++) {\n` +
      `if (i < rows && j < columns) {\n${integerLocal("p", `this.thread.y * ${rows.extent * columns.extent} + (top + i) * ${columns.extent} + left + j`)}\ns += x[p];\n}\n}\n}\n` +
      `return s / (u[r + 2] * u[c + 2]);`;
    return singleStep([height * width, planes], { x: "input0", u: "uniforms" }, body);
  },
};

export const averagePool2dGrad: GpuHalf<AverageWindows> = {
  key: ({ rows, columns }) => `${most(rows)},${most(columns)}`,
  uniforms: ({ rows, columns }) => [
    ...[rows, columns].flatMap((axis) => coverings(axis).flatMap(({ first, count }) => [first, count])),
    ...[rows, columns].flatMap((axis) => axis.windows.map(({ divisor }) => divisor)),
  ],
  gpu(_inputs, _outputs, { planes, rows, columns }) {
    const [height, width] = [rows.windows.length, columns.windows.length];
    const divisors = 2 * (rows.extent + columns.extent);
    const body =
      divide("this.thread.x", rows.extent * columns.extent, columns.extent, "row", "column") +
      `${integerLocal("r", "row * 2")}\n${integerLocal("c", `column * 2 + ${2 * rows.extent}`)}\n` +
      `const top = u[r]; const rows = u[r + 1]; const left = u[c]; const columns = u[c + 1];\nlet s = 0.0;\n` +
      `for (let i = 0; i < ${most(rows)}; i++) {\nfor (let j = 0; j < ${most(columns)}; j++) {\n` +
      `if (i < rows && j < columns) {\n${integerLocal("y", "top + i")}\n${integerLocal("z", "left + j")}\n` +
      `${integerLocal("p", `this.thread.y * ${height * width} + y * ${width} + z`)}\n` +
      `s += g[p] / (u[y + ${divisors}] * u[z + ${divisors + height}]);\n}\n}\n}\nreturn s;`;
    return singleStep([rows.extent * columns.extent, planes], { g: "input0", u: "uniforms" }, body);
  },
};

/** Length of the longest window. */
function longest({ windows }: AxisWindows): number {
  return Math.max(...windows.map(({ start, end }) => end - start));
}

/** For each place, which windows hold it: neighbours, for windows are in ascending order. */
function coverings({ extent, windows }: AxisWindows): { first: number; count: number }[] {
  return Array.from({ length: extent }, (_, place) => {
    const holding = windows.flatMap(({ start, end }, i) => (start <= place && place < end ? [i] : []));
    return { first: holding[0] ?? 0, count: holding.length };
  });
}

/** The most windows that hold one place. */
function most(axis: AxisWindows): number {
  return Math.max(...coverings(axis).map(({ count }) => count));
}
