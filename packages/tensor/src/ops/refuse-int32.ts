import { DTypeError } from "../errors.ts";
import type { Tensor } from "../tensor.ts";

/** @throws DTypeError naming `op` if a tensor is int32 though the op is defined on real numbers only. */
export function refuseInt32(op: string, x: Tensor): void {
  if (x.dtype === "int32")
    throw new DTypeError(`${op}: expected a float32 tensor, got int32; convert it with cast(x, "float32")`);
}
