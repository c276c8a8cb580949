import { defineKernel, type Kernel } from "../../devices/kernel.ts";
import type { WasmContext } from "../../devices/wasm/context.ts";
import { averagePool2dModule, type Span } from "../../devices/wasm/generated/average-pool2d.ts";
import { floatBits } from "../lib/float-bits.ts";

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
  gpuHalf: "averagePool2d",
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
});

/** Input: a gradient for each window. Output: the gradient of x. */
export const averagePool2dGradKernel: Kernel<AverageWindows> = defineKernel<AverageWindows>({
  name: "averagePool2dGrad",
  gpuHalf: "averagePool2dGrad",
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
});

function planesPerPiece({ rows, columns }: AverageWindows): number {
  return Math.max(1, Math.ceil(GRAIN / (rows.extent * columns.extent)));
}

function tables(context: WasmContext, { rows, columns }: AverageWindows) {
  const table = ({ windows }: AxisWindows) =>
    context.ints(windows.flatMap(({ start, end, divisor }): Span => [start, end, floatBits(divisor)]));
  const [height, width] = [rows.windows.length, columns.windows.length];
  const [first] = columns.windows;
  const single = columns.windows.every(
    ({ start, end, divisor }, i) => start === i && end === i + 1 && divisor === first!.divisor,
  );
  return [rows.extent, columns.extent, table(rows), height, table(columns), width, Number(single)] as const;
}
