import { checkTensor } from "../../checks/index.ts";
import { tensor } from "../../tensor/create.ts";
import { stridesOf } from "../../tensor/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";

/**
 * Where values are not 0, in row-major order, int32. NaN is not 0. Looked for on the host, and awaited, for the result's shape depends
 * on the values.
 *
 * Shape: `[places, rank]`; of a scalar, `[1, 0]` or `[0, 0]`.
 */
export async function nonzero(x: Tensor): Promise<Tensor> {
  checkTensor("nonzero", x);
  const places: number[] = [];
  (await x.data()).forEach((value, i) => {
    if (value !== 0) places.push(i);
  });
  const strides = stridesOf(x.shape);
  const indices = new Int32Array(places.length * x.rank);
  places.forEach((place, i) =>
    strides.forEach((stride, axis) => (indices[i * x.rank + axis] = Math.floor(place / stride) % x.shape[axis]!)),
  );
  return tensor(indices, { shape: [places.length, x.rank], device: x.device });
}
