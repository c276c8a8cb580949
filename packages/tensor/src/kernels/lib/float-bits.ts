import type { FloatBits } from "../../devices/wasm/context.ts";

const float = new Float32Array(1);
const int = new Int32Array(float.buffer);

/** The 32 bits of a number as a float32, read as an int32: how kernels hand values to linear memory. */
export function floatBits(value: number): FloatBits {
  float[0] = value;
  return int[0]! as FloatBits;
}
