import { Tensor, ValueError } from "../../core.ts";
import { isWhole, type Num } from "./define-binary.ts";

/**
 * Whole numbers have no remainder of a division by 0. Values that were computed are looked at on synchronous devices, and
 * trusted on `gpu:webgpu`.
 *
 * @throws ValueError naming `op` if both operands are int32 and the divisor is 0 somewhere.
 */
export function refuseZeroDivisor(op: string, a: Num, b: Num): void {
  if (!(a instanceof Tensor || b instanceof Tensor) || !isWhole(a) || !isWhole(b)) return;
  if (b instanceof Tensor && b.storage.hostValues === null && !b.device.synchronous) return;
  const divisors = b instanceof Tensor ? (b.storage.hostValues ?? b.dataSync()) : [b];
  if (divisors.includes(0)) throw new ValueError(`${op}: int32 is divided by 0`);
}
