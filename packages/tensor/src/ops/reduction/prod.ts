import { sizeOf, type Tensor } from "../../core.ts";
import { add, cat, mul, permute, reshape, slice, sum } from "../basic.ts";
import { reduceAxes, type ReduceOptions } from "../internal/reduce-axes.ts";

/**
 * Products over axes; of nothing it is 1.
 *
 * Multiplied pairwise, so that gradients are right where factors are 0.
 */
export function prod(x: Tensor, dim?: number | readonly number[], options?: ReduceOptions): Tensor {
  const { dims, shape, count } = reduceAxes("prod", x, dim, options);
  if (count === 0) return reshape(add(sum(x, dims), 1), shape);
  const others = x.shape.map((_, axis) => axis).filter((axis) => !dims.includes(axis));
  let rest = reshape(permute(x, [...dims, ...others]), [count, sizeOf(shape)]);
  for (let length = count; length > 1; length = Math.ceil(length / 2)) {
    const half = Math.floor(length / 2);
    const pairs = mul(slice(rest, 0, 0, half), slice(rest, 0, half, 2 * half));
    rest = length % 2 === 0 ? pairs : cat([pairs, slice(rest, 0, length - 1)]);
  }
  return reshape(rest, shape);
}
