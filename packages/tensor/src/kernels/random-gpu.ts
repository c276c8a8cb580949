import type { GpuHalf } from "../devices/kernel.ts";
import { normalValues, uniformValues } from "../tensor/random-values.ts";
import { sizeOf } from "../tensor/shape.ts";
import type { DrawParams, KeepMaskParams } from "./random.ts";

export const uniform: GpuHalf<DrawParams> = {
  host: ([out], params) => [moved(uniformValues(params, sizeOf(out!.shape)), params)],
};

export const normal: GpuHalf<DrawParams> = {
  host: ([out], params) => [moved(normalValues(params, sizeOf(out!.shape)), params)],
};

function moved(values: Float32Array, { offset, scale }: DrawParams): Float32Array {
  for (let i = 0; i < values.length; i++) values[i] = offset + scale * values[i]!;
  return values;
}

export const keepMask: GpuHalf<KeepMaskParams> = {
  host([out], { low, high, keep, value }) {
    const limit = Math.fround(keep);
    return [uniformValues({ low, high }, sizeOf(out!.shape)).map((drawn) => (drawn < limit ? value : 0))];
  },
};
