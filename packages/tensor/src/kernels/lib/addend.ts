import type { Operand } from "../../devices/device.ts";
import type { AnyKernel, Source } from "../../devices/kernel.ts";
import { sameShape } from "../../tensor/shape.ts";

/**
 * What `consumer` adds to its operand at `position`, element by element; null if it does something else. A sum of a result with itself
 * does not count: who fused it would compute the result twice.
 */
export function addendOf(consumer: AnyKernel, inputs: readonly Source[], position: number): Operand | null {
  if (consumer.role !== "add" || inputs.length !== 2) return null;
  const { operand } = inputs[position]!;
  const other = inputs[1 - position]!.operand;
  return other.handle === operand.handle || !sameShape(other.shape, operand.shape) ? null : other;
}
