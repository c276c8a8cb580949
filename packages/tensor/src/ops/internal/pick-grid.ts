import { type Applied, defineOp, launchOne, type Shape, sizeOf, type Tensor } from "../../core.ts";
import type { Kernel } from "../../devices/kernel.ts";
import { type GridParams, pickGridKernel, scatterGridKernel } from "../../kernels/grid.ts";
import { upload, zeros } from "../../tensor/create.ts";

interface PickParams extends GridParams {
  readonly rows: Tensor;
  readonly columns: Tensor;
  /** Of the planes, and of what is read of them. */
  readonly whole: Shape;
  readonly picks: Shape;
}

/**
 * `x` read at positions of its rows and columns: borders of cells of the tensor itself, and enlargement by nearest neighbours.
 * A position may come more than once; the gradient adds up what it reads.
 *
 * @param lead so many axes of `x` stay as they are. @param rows positions in all axes between these and the last one.
 * @param columns positions in the last axis. @param picks shape of the result.
 */
export function pickGrid(x: Tensor, lead: number, rows: Int32Array, columns: Int32Array, picks: Shape): Tensor {
  const { device, shape: whole } = x;
  let [start, first, run] = [0, 0, 0];
  columns.forEach((position, i) => {
    if (position !== columns[i - 1]! + 1) start = i;
    if (i - start >= run) [first, run] = [start, i - start + 1];
  });
  return pick([x], {
    rows: upload(rows, [rows.length], false, device),
    columns: upload(columns, [columns.length], false, device),
    whole,
    picks,
    planes: sizeOf(whole.slice(0, lead)),
    height: sizeOf(whole.slice(lead, -1)),
    width: whole.at(-1)!,
    down: rows.length,
    across: columns.length,
    lead: first,
    run,
  });
}

type GridOp = Applied<readonly [Tensor], PickParams>;

// Each is the other's gradient.
const pick: GridOp = gridOp(pickGridKernel, "picks", (grad, params) => scatter([grad], params));
const scatter: GridOp = gridOp(scatterGridKernel, "whole", (grad, params) => pick([grad], params));

function gridOp(
  kernel: Kernel<GridParams>,
  made: "picks" | "whole",
  adjoint: (grad: Tensor, params: PickParams) => Tensor,
): GridOp {
  return defineOp({
    name: kernel.name,
    forward([x], { rows, columns, whole, picks, ...grid }) {
      const shape = { whole, picks }[made];
      if (x.size === 0) return zeros(shape, { dtype: x.dtype, device: x.device });
      return launchOne(kernel, [x, rows, columns], { shape, dtype: x.dtype }, grid);
    },
    vjp: (grad, { params }) => [adjoint(grad, params)],
    reads: { inputs: false, outputs: false },
  });
}
