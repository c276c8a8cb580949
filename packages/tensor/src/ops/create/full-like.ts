import { checkTensor } from "../../checks/index.ts";
import type { Tensor } from "../../core.ts";
import { full } from "../../tensor/create.ts";
import { checkFill } from "../shape/place.ts";

/** One value, with the shape, dtype and device of another tensor. @throws ValueError if that is int32 and the value is not. */
export function fullLike(other: Tensor, value: number): Tensor {
  checkTensor("fullLike", other, "other");
  checkFill("fullLike", value, other);
  const { shape, dtype, device } = other;
  return full(shape, value, { dtype, device });
}
