import { ShapeError, tensor, type Tensor, ValueError } from "@tapegrad/tensor";
import { checkTensor, showValue } from "@tapegrad/tensor/internal";
import { indexSelect } from "@tapegrad/tensor/ops/index-select";
import { checkIndex } from "../loader/check-index.ts";
import type { Batch, Dataset } from "./dataset.ts";

/**
 * Inputs and targets that are tensors already: example `i` is row `i` of both.
 *
 * Batches are gathered on the device, with nothing uploaded but the row numbers.
 *
 * @throws ShapeError if a tensor is a scalar or they differ in their first axis.
 */
export class TensorDataset implements Dataset<Batch> {
  readonly inputs: Tensor;
  readonly targets: Tensor;

  constructor(inputs: Tensor, targets: Tensor) {
    checkTensor("TensorDataset", inputs, "inputs");
    checkTensor("TensorDataset", targets, "targets");
    if (inputs.rank === 0 || targets.rank === 0)
      throw new ShapeError("TensorDataset: expected tensors of rows, got a scalar");
    if (inputs.shape[0] !== targets.shape[0]) {
      throw new ShapeError(`TensorDataset: ${inputs.shape[0]} inputs but ${targets.shape[0]} targets`);
    }
    this.inputs = inputs;
    this.targets = targets;
  }

  get length(): number {
    return this.inputs.shape[0]!;
  }

  /** Row `index` of both, each with a first axis of one. @throws IndexError outside 0 … `length` − 1. */
  get(index: number): Batch {
    return this.getBatch([index]);
  }

  getBatch(indices: readonly number[]): Batch {
    if (!Array.isArray(indices) && !ArrayBuffer.isView(indices))
      throw new ValueError(`TensorDataset.getBatch: indices must be a list of integers, got ${showValue(indices)}`);
    for (const index of indices) checkIndex("TensorDataset", index, this.length);
    const rows = Int32Array.from(indices);
    const rowsOf = (all: Tensor): Tensor => indexSelect(all, 0, tensor(rows, { device: all.device }));
    return { inputs: rowsOf(this.inputs), targets: rowsOf(this.targets) };
  }
}
