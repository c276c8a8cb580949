import { defineWasmHalf, type Kernel } from "../../devices/kernel.ts";
import type { WasmContext } from "../../devices/wasm/context.ts";
import { averagePool2dModule, type Span } from "../../devices/wasm/generated/average-pool2d.ts";
import { addressesOf } from "../lib/addresses.ts";
import { floatBits } from "../lib/float-bits.ts";
import { planesPerPiece } from "../lib/pieces.ts";

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

/** Input x. Output: the average of each window. */
export const averagePool2dKernel: Kernel<AverageWindows> = averageKernel("averagePool2d", "averagePool");
/** Input: a gradient for each window. Output: the gradient of x. */
export const averagePool2dGradKernel: Kernel<AverageWindows> = averageKernel("averagePool2dGrad", "averagePoolGrad");

function averageKernel(
  name: "averagePool2d" | "averagePool2dGrad",
  fn: "averagePool" | "averagePoolGrad",
): Kernel<AverageWindows> {
  return defineWasmHalf({
    name,
    wasm(context, [from], [to], windows) {
      const operands = [...addressesOf(from, to), ...tables(context, windows)] as const;
      const grain = planesPerPiece(windows.rows.extent * windows.columns.extent);
      context.parallel(averagePool2dModule, fn, windows.planes, grain, ...operands);
    },
  });
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
