import { ShapeError, type Tensor } from "@tapegrad/tensor";
import { checkFloat, showShape } from "@tapegrad/tensor/internal";
import { checkRank } from "../../checks/check-sizes.ts";

/** @throws ShapeError naming the caller unless there are sequences `[n, c, l]` or `[c, l]` of which only `n` may be 0. */
export function checkSequences(caller: string, input: Tensor): void {
  checkRank(caller, input, ["n, c, l", "c, l"]);
  checkFloat(caller, input, "input");
  if (input.shape.slice(-2).includes(0))
    throw new ShapeError(`${caller}: only the batch may be empty, got input ${showShape(input.shape)}`);
}
