import type { OpRecord } from "@tapegrad/tensor";
import type { GraphBuilder } from "./graph-builder.ts";

/** Windows along one axis: where each begins and ends, and what its sum is divided by. */
interface AxisWindows {
  readonly extent: number;
  readonly windows: readonly { readonly start: number; readonly end: number; readonly divisor: number }[];
}

/**
 * Average pooling of any kind: one node where the windows are those of a plain or global pooling, else a product with
 * the matrices that average rows and columns.
 */
export function averagePool2d(
  graph: GraphBuilder,
  [x]: readonly string[],
  { params, inputs: [given] }: OpRecord,
): string {
  const { rows, columns } = params as { readonly rows: AxisWindows; readonly columns: AxisWindows };
  const [r, c] = [regular(rows), regular(columns)];
  if (given!.rank === 4 && r !== null && c !== null) {
    const global = r.kernel === rows.extent && c.kernel === columns.extent;
    if (global) return graph.node("GlobalAveragePool", [x!]);
    return graph.node("AveragePool", [x!], {
      kernel_shape: { ints: [r.kernel, c.kernel] },
      strides: { ints: [r.stride, c.stride] },
    });
  }
  const left = graph.floats(averages(rows), [rows.windows.length, rows.extent]);
  const right = graph.node("Transpose", [graph.floats(averages(columns), [columns.windows.length, columns.extent])], {
    perm: { ints: [1, 0] },
  });
  return graph.node("MatMul", [graph.node("MatMul", [left, x!]), right]);
}

/** Window and stride, if all windows are whole, alike and evenly spaced from 0 to where the last one fits. */
function regular({ extent, windows }: AxisWindows): { readonly kernel: number; readonly stride: number } | null {
  const kernel = windows[0]!.end - windows[0]!.start;
  const stride = windows.length > 1 ? windows[1]!.start - windows[0]!.start : kernel;
  const alike = windows.every(
    ({ start, end, divisor }, i) => start === i * stride && end === start + kernel && divisor === kernel,
  );
  return alike && windows.length === Math.floor((extent - kernel) / stride) + 1 ? { kernel, stride } : null;
}

/** A matrix whose product with an axis is the average of each window. */
function averages({ extent, windows }: AxisWindows): Float32Array<ArrayBuffer> {
  const matrix = new Float32Array(windows.length * extent);
  windows.forEach(({ start, end, divisor }, i) => matrix.fill(1 / divisor, i * extent + start, i * extent + end));
  return matrix;
}
