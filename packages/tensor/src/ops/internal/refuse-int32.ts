import { checkTensor } from "../../checks/index.ts";
import { DTypeError } from "../../errors.ts";
import type { Tensor } from "../../tensor/tensor.ts";

/** @throws DTypeError naming `op` if a tensor is int32 though the op is defined on real numbers only, ValueError if it is none. */
export function refuseInt32(op: string, x: Tensor): void {
  checkTensor(op, x);
  if (x.dtype === "int32")
    throw new DTypeError(`${op}: expected a float32 tensor, got int32; convert it with cast(x, "float32")`);
}
