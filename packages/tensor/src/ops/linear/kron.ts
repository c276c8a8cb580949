import { checkElements, checkOperands } from "../../checks/index.ts";
import type { Tensor } from "../../core.ts";
import { mul, reshape } from "../basic.ts";

/**
 * Kronecker's product: `b` in place of each entry of `a`, multiplied by it.
 *
 * Shape: extents are multiplied axis by axis, matched from the right; those that one lacks are 1.
 */
export function kron(a: Tensor, b: Tensor): Tensor {
  checkOperands("kron", { a, b });
  const rank = Math.max(a.rank, b.rank);
  const full = ({ shape }: Tensor): number[] => [...Array.from({ length: rank - shape.length }, () => 1), ...shape];
  const [left, right] = [full(a), full(b)];
  const shape = left.map((extent, i) => extent * right[i]!);
  checkElements("kron", shape);
  const [apart, beside] = [left.flatMap((extent) => [extent, 1]), right.flatMap((extent) => [1, extent])];
  return reshape(mul(reshape(a, apart), reshape(b, beside)), shape);
}
