import { checkElements, checkIndices, checkInteger, checkTensor } from "../../checks/index.ts";
import type { Tensor } from "../../core.ts";
import { arange } from "../../tensor/create.ts";
import { equal, unsqueeze } from "../basic.ts";

/**
 * 1 at each index and 0 elsewhere, along a new last axis; float32.
 *
 * @throws IndexError if an index is not in [0, classes). @throws DTypeError unless the indices are int32.
 */
export function oneHot(indices: Tensor, classes: number): Tensor {
  checkTensor("oneHot", indices, "indices");
  checkInteger("oneHot", "classes", classes, 1);
  checkElements("oneHot", [...indices.shape, classes]);
  checkIndices("oneHot", indices, classes);
  return equal(unsqueeze(indices, -1), arange(0, classes, { dtype: "int32", device: indices.device }));
}
