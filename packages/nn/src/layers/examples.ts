import { ShapeError, type Tensor } from "@tapegrad/tensor";
import { checkFloat, showShape } from "@tapegrad/tensor/internal";
import { reshape } from "@tapegrad/tensor/ops";
import { checkRank } from "../checks/check-sizes.ts";

/** @throws ShapeError naming the caller unless there are sequences `[n, c, l]` or `[c, l]`, or images, of which only `n` may be 0. */
export function checkExamples(caller: string, input: Tensor, kind: "sequences" | "images"): void {
  checkRank(caller, input, kind === "sequences" ? ["n, c, l", "c, l"] : ["n, c, h, w", "c, h, w"]);
  checkFloat(caller, input, "input");
  if (input.shape.slice(kind === "sequences" ? -2 : -3).includes(0))
    throw new ShapeError(`${caller}: only the batch may be empty, got input ${showShape(input.shape)}`);
}

/** Sequences `[…, l]` as images of one row, `[…, 1, l]`. */
export function asRows(sequences: Tensor): Tensor {
  return reshape(sequences, [...sequences.shape.slice(0, -1), 1, sequences.shape.at(-1)!]);
}

/** Images of one row, `[…, 1, l]`, as sequences `[…, l]`. */
export function fromRows(rows: Tensor): Tensor {
  return reshape(rows, [...rows.shape.slice(0, -2), rows.shape.at(-1)!]);
}
