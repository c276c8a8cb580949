import { DeviceError } from "../../errors.ts";
import type { DType, TypedArrayOf } from "../../tensor/dtype.ts";
import type { HostValues } from "../device.ts";
import { MAX_EXACT } from "./check-program.ts";

/**
 * Host values as the float32 values that gpu devices hold; always a copy, in the array that `allocate` gives.
 *
 * @throws DeviceError if there are too many, or if an int32 value is not exact as float32.
 */
export function toFloats(
  device: string,
  values: HostValues,
  allocate: (length: number) => Float32Array = (length) => new Float32Array(length),
): Float32Array {
  if (values.length > MAX_EXACT) {
    throw new DeviceError(
      `${device}: a tensor of ${values.length} elements is larger than the ${MAX_EXACT} that a gpu device can index; use the wasm device`,
    );
  }
  const floats = allocate(values.length);
  floats.set(values);
  if (!(values instanceof Int32Array)) return floats;
  for (const value of values) {
    if (value > MAX_EXACT || value < -MAX_EXACT) {
      throw new DeviceError(
        `${device}: int32 values are held as float32 and exact up to ±${MAX_EXACT}, got ${value}; use the wasm device`,
      );
    }
  }
  return floats;
}

/**
 * Held values in the dtype's typed array; always a copy.
 *
 * @throws DeviceError if an int32 tensor holds what float32 cannot vouch for.
 */
export function fromFloats(device: string, dtype: DType, values: Float32Array): TypedArrayOf {
  if (dtype === "float32") return values.slice();
  const integers = new Int32Array(values.length);
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (value > MAX_EXACT || value < -MAX_EXACT || value !== Math.trunc(value)) {
      throw new DeviceError(
        `${device}: an int32 tensor holds ${value}; gpu devices compute int32 in float32, exact up to ±${MAX_EXACT}`,
      );
    }
    integers[i] = value;
  }
  return integers;
}
