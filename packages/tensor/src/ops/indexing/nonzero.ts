import { checkTensor } from "../../checks/index.ts";
import { stridesOf, type Tensor } from "../../core.ts";
import type { HostValues } from "../../devices/device.ts";
import { tensor } from "../../tensor/create.ts";

/**
 * Where values are not 0, in row-major order, int32. NaN is not 0. Looked for on the host, and awaited, for the result's shape depends
 * on the values.
 *
 * Shape: `[places, rank]`; of a scalar, `[1, 0]` or `[0, 0]`.
 */
export async function nonzero(x: Tensor): Promise<Tensor> {
  checkTensor("nonzero", x);
  const places = placesIn(await x.data());
  const strides = stridesOf(x.shape);
  const indices = new Int32Array(places.length * x.rank);
  places.forEach((place, i) =>
    strides.forEach((stride, axis) => (indices[i * x.rank + axis] = Math.floor(place / stride) % x.shape[axis]!)),
  );
  return tensor(indices, { shape: [places.length, x.rank], device: x.device });
}

/** Where values are not 0, counted from the first. */
export function placesIn(values: HostValues): number[] {
  const places: number[] = [];
  values.forEach((value, i) => {
    if (value !== 0) places.push(i);
  });
  return places;
}
