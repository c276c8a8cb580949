import { integerLocal } from "../../devices/gpu/integer-local.ts";
import { defineKernel, type Kernel } from "../../devices/kernel.ts";
import type { WasmContext } from "../../devices/wasm/context.ts";
import { averagePool2dModule, type Span } from "../../devices/wasm/generated/average-pool2d.ts";
import { floatBits } from "../elementwise/float-bits.ts";
import { divide } from "../lib/gpu-index.ts";

/** Windows along one axis, in ascending order. The sum over a window is divided by both axes' divisors. */
export interface AxisWindows {
  readonly extent: number;
  readonly windows: readonly AverageWindow[];
}

/** Places `start` to `end`, both inside, end excluded. */
export interface AverageWindow {
  readonly start: number;
  readonly end: number;
  readonly divisor: number;
}

/** Windows over the planes of a tensor. */
export interface AverageWindows {
  /** Planes, in all images and channels. */
  readonly planes: number;
  readonly rows: AxisWindows;
  readonly columns: AxisWindows;
}

/** Values in the smallest piece that is worth a thread's while. */
const GRAIN = 16_384;

/** Input x. Output: the average of each window. */
export const averagePool2dKernel: Kernel<AverageWindows> = defineKernel<AverageWindows>({
  name: "averagePool2d",
  wasm(context, [x], [y], windows) {
    context.parallel(
      averagePool2dModule,
      "averagePool",
      windows.planes,
      planesPerPiece(windows),
      x!.ptr,
      y!.ptr,
      ...tables(context, windows),
    );
  },
  key: ({ rows, columns }) => `${longest(rows)},${longest(columns)}`,
  uniforms: ({ rows, columns }) =>
    [rows, columns].flatMap((axis) => axis.windows.flatMap(({ start, end, divisor }) => [start, end - start, divisor])),
  gpu(_inputs, _outputs, { planes, rows, columns }) {
    const [height, width] = [rows.windows.length, columns.windows.length];
    const source =
      `function(x, u) {\n${divide("this.thread.x", height * width, width, "row", "column")}` +
      `${integerLocal("r", "row * 3")}\n${integerLocal("c", `column * 3 + ${3 * height}`)}\n` +
      `const top = u[r]; const rows = u[r + 1]; const left = u[c]; const columns = u[c + 1];\nlet s = 0.0;\n` +
      `for (let i = 0; i < ${longest(rows)}; i++) {\nfor (let j = 0; j < ${longest(columns)}; j++) {\n` +
      `if (i < rows && j < columns) {\n${integerLocal("p", `this.thread.y * ${rows.extent * columns.extent} + (top + i) * ${columns.extent} + left + j`)}\ns += x[p];\n}\n}\n}\n` +
      `return s / (u[r + 2] * u[c + 2]);\n}`;
    return { steps: [{ source, args: ["input0", "uniforms"], size: [height * width, planes] }] };
  },
});

/** Input: a gradient for each window. Output: the gradient of x. */
export const averagePool2dGradKernel: Kernel<AverageWindows> = defineKernel<AverageWindows>({
  name: "averagePool2dGrad",
  wasm(context, [grad], [dx], windows) {
    context.parallel(
      averagePool2dModule,
      "averagePoolGrad",
      windows.planes,
      planesPerPiece(windows),
      grad!.ptr,
      dx!.ptr,
      ...tables(context, windows),
    );
  },
  key: ({ rows, columns }) => `${most(rows)},${most(columns)}`,
  uniforms: ({ rows, columns }) => [
    ...[rows, columns].flatMap((axis) => coverings(axis).flatMap(({ first, count }) => [first, count])),
    ...[rows, columns].flatMap((axis) => axis.windows.map(({ divisor }) => divisor)),
  ],
  gpu(_inputs, _outputs, { planes, rows, columns }) {
    const [height, width] = [rows.windows.length, columns.windows.length];
    const divisors = 2 * (rows.extent + columns.extent);
    const source =
      `function(g, u) {\n${divide("this.thread.x", rows.extent * columns.extent, columns.extent, "row", "column")}` +
      `${integerLocal("r", "row * 2")}\n${integerLocal("c", `column * 2 + ${2 * rows.extent}`)}\n` +
      `const top = u[r]; const rows = u[r + 1]; const left = u[c]; const columns = u[c + 1];\nlet s = 0.0;\n` +
      `for (let i = 0; i < ${most(rows)}; i++) {\nfor (let j = 0; j < ${most(columns)}; j++) {\n` +
      `if (i < rows && j < columns) {\n${integerLocal("y", "top + i")}\n${integerLocal("z", "left + j")}\n` +
      `${integerLocal("p", `this.thread.y * ${height * width} + y * ${width} + z`)}\n` +
      `s += g[p] / (u[y + ${divisors}] * u[z + ${divisors + height}]);\n}\n}\n}\nreturn s;\n}`;
    return { steps: [{ source, args: ["input0", "uniforms"], size: [rows.extent * columns.extent, planes] }] };
  },
});

function planesPerPiece({ rows, columns }: AverageWindows): number {
  return Math.max(1, Math.ceil(GRAIN / (rows.extent * columns.extent)));
}

function tables(context: WasmContext, { rows, columns }: AverageWindows) {
  const table = ({ windows }: AxisWindows) =>
    context.ints(windows.flatMap(({ start, end, divisor }): Span => [start, end, floatBits(divisor)]));
  const [height, width] = [rows.windows.length, columns.windows.length];
  return [rows.extent, columns.extent, table(rows), height, table(columns), width] as const;
}

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
