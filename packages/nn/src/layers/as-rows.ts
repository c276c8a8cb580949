import type { Tensor } from "@tapegrad/tensor";
import { reshape } from "@tapegrad/tensor/ops";

/** Sequences `[…, l]` as images of one row, `[…, 1, l]`. */
export function asRows(sequences: Tensor): Tensor {
  return reshape(sequences, [...sequences.shape.slice(0, -1), 1, sequences.shape.at(-1)!]);
}

/** Images of one row, `[…, 1, l]`, as sequences `[…, l]`. */
export function fromRows(rows: Tensor): Tensor {
  return reshape(rows, [...rows.shape.slice(0, -2), rows.shape.at(-1)!]);
}
