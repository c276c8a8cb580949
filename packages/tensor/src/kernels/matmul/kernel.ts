import { defineWasmHalf, type Kernel } from "../../devices/kernel.ts";
import { broadcastStrides, type Shape, sizeOf } from "../../tensor/shape.ts";
import { multiply, type WasmMatrix } from "./multiply.ts";

/** c[m, n] = a[m, k] · b[k, n] for every matrix of a batch; a third input of n biases is added to each row. */
export interface MatmulParams {
  readonly m: number;
  readonly n: number;
  readonly k: number;
  /** Whether a is stored as [k, m]. */
  readonly transposeA: boolean;
  /** Whether b is stored as [n, k]. */
  readonly transposeB: boolean;
  /** Axes before the last two, of a, of b and of both broadcast. */
  readonly batchA: Shape;
  readonly batchB: Shape;
  readonly batch: Shape;
}

export const matmulKernel: Kernel<MatmulParams> = /* @__PURE__ */ defineWasmHalf({
  name: "matmul",
  wasm(context, [a, b, bias], [c], { m, n, k, transposeA, transposeB, batch, batchA, batchB }) {
    const [stepsA, stepsB] = [broadcastStrides(batchA, batch), broadcastStrides(batchB, batch)];
    const products = Array.from({ length: sizeOf(batch) }, (_, i) => ({
      a: 4 * m * k * positionOf(i, batch, stepsA),
      b: 4 * k * n * positionOf(i, batch, stepsB),
    }));
    multiply(context, {
      m,
      n,
      k,
      a: { ptr: a!.ptr, ...stridesOf(m, k, transposeA) },
      b: { ptr: b!.ptr, ...stridesOf(k, n, transposeB) },
      start: bias === undefined ? null : { ptr: bias.ptr, row: 0, column: 4 },
      c: c!.ptr,
      products,
    });
  },
  flops: (_inputs, _outputs, { m, n, k, batch }) => 2 * sizeOf(batch) * m * n * k,
});

/** Distances in bytes in a matrix of that many rows and columns, which may be stored transposed. */
function stridesOf(rows: number, columns: number, transposed: boolean): Omit<WasmMatrix, "ptr"> {
  return transposed ? { row: 4, column: 4 * rows } : { row: 4 * columns, column: 4 };
}

/** Which matrix of a factor, by its steps along the axes of a batch, belongs to matrix `index` of the result. */
function positionOf(index: number, batch: Shape, steps: readonly number[]): number {
  let position = 0;
  for (let axis = batch.length - 1; axis >= 0; axis--) {
    position += (index % batch[axis]!) * steps[axis]!;
    index = Math.floor(index / batch[axis]!);
  }
  return position;
}
