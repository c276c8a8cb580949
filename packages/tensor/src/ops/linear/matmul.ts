import { broadcastShapes, checkFit, checkOneDType, checkOperands } from "../../checks/index.ts";
import { defineOp, launchOne, ShapeError, showShape, sizeOf, type Tensor } from "../../core.ts";
import { matmulKernel } from "../../kernels/matmul/kernel.ts";
import { zeros } from "../../tensor/create.ts";
import { mul } from "../elementwise/mul.ts";
import { sum, sumTo } from "../reduction/sum.ts";
import { reshape } from "../shape/reshape.ts";
import { unsqueeze } from "../shape/unsqueeze.ts";

/** Which of two factors are stored with their last two axes swapped. */
export interface Transposed {
  /** @default false */
  readonly transposeA?: boolean;
  /** @default false */
  readonly transposeB?: boolean;
}

const op = defineOp<[Tensor, Tensor], Required<Transposed>>({
  name: "matmul",
  forward([a, b], { transposeA, transposeB }) {
    const [batchA, batchB] = [a.shape.slice(0, -2), b.shape.slice(0, -2)];
    const batch = broadcastShapes("matmul", batchA, batchB);
    const [m, k] = lastTwo(a, transposeA);
    const [, n] = lastTwo(b, transposeB);
    const shape = [...batch, m, n];
    if (k === 0) return zeros(shape, { device: a.device });
    const params = { m, n, k, transposeA, transposeB, batchA, batchB, batch };
    return launchOne(matmulKernel, [a, b], { shape, dtype: "float32" }, params);
  },
  vjp(grad, { inputs: [a, b], params: { transposeA, transposeB }, needs }) {
    const toA = (): Tensor =>
      transposeA
        ? matmulTransposed(b, grad, { transposeA: transposeB, transposeB: true })
        : matmulTransposed(grad, b, { transposeB: !transposeB });
    const toB = (): Tensor =>
      transposeB
        ? matmulTransposed(grad, a, { transposeA: true, transposeB: transposeA })
        : matmulTransposed(a, grad, { transposeA: !transposeA });
    return [needs[0] ? sumTo(toA(), a.shape) : null, needs[1] ? sumTo(toB(), b.shape) : null];
  },
  reads: { inputs: true, outputs: false },
});

/**
 * The product of two matrices, vectors, or batches of matrices, as `torch.matmul`.
 *
 * - `[k] · [k] → []`, the dot product
 * - `[m, k] · [k, n] → [m, n]`
 * - `[m, k] · [k] → [m]` and `[k] · [k, n] → [n]`
 * - `[…, m, k] · […, k, n] → […, m, n]`, where the axes before the last two are broadcast
 *
 * @throws ShapeError if the inner extents differ, the batches do not broadcast, or one is a scalar.
 * int32 matrices are multiplied element by element, with as much memory as that takes; their products wrap around.
 *
 * @throws DTypeError if one is float32 and the other int32.
 */
export function matmul(a: Tensor, b: Tensor): Tensor {
  checkOperands("matmul", { a, b });
  checkOneDType("matmul", [a, b]);
  checkFit("matmul", a.rank > 0 && b.rank > 0, "tensors of at least one axis (mul takes scalars)", a.shape, b.shape);
  const inner = a.shape.at(-1)!;
  const other = b.shape.at(b.rank === 1 ? 0 : -2)!;
  if (inner !== other) {
    throw new ShapeError(
      `matmul: shapes ${showShape(a.shape)} and ${showShape(b.shape)} cannot be multiplied: the inner extents ${inner} and ${other} differ`,
    );
  }
  if (a.rank === 1) {
    const product = matmul(reshape(a, [1, inner]), b);
    return reshape(product, b.rank === 1 ? [] : [...b.shape.slice(0, -2), b.shape.at(-1)!]);
  }
  if (b.rank === 1) return reshape(matmul(a, reshape(b, [inner, 1])), a.shape.slice(0, -1));
  if (a.rank > 2 && b.rank === 2) {
    // One tall product instead of many, and a gradient for b without a sum over the batch.
    const rows = a.shape.slice(0, -1);
    return reshape(matmul(reshape(a, [sizeOf(rows), inner]), b), [...rows, b.shape[1]!]);
  }
  broadcastShapes("matmul: batches", a.shape.slice(0, -2), b.shape.slice(0, -2));
  if (a.dtype === "int32") return sum(mul(unsqueeze(a, -1), unsqueeze(b, -3)), -2);
  return op([a, b], { transposeA: false, transposeB: false });
}

/**
 * `matmul` of two tensors of at least two axes, either of which may be stored transposed: `[…, k, m]` or `[…, n, k]`.
 * Transposing this way moves no memory. Shapes must fit.
 */
export function matmulTransposed(a: Tensor, b: Tensor, { transposeA = false, transposeB = false }: Transposed): Tensor {
  return op([a, b], { transposeA, transposeB });
}

function lastTwo({ shape }: Tensor, transposed: boolean): [number, number] {
  const [rows, columns] = [shape.at(-2)!, shape.at(-1)!];
  return transposed ? [columns, rows] : [rows, columns];
}
