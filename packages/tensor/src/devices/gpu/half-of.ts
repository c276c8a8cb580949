import type { GpuHalf, GpuHalfName, Kernel } from "../kernel.ts";
import * as halves from "./halves.ts";

const own: Readonly<Record<GpuHalfName, GpuHalf<any>>> = halves; // oxlint-disable-line typescript/no-explicit-any

/** How a kernel is computed by gpu devices: the half that it names, or its own. */
export function gpuHalfOf<P>(kernel: Kernel<P>): GpuHalf<P> {
  return kernel.gpuHalf === undefined ? kernel : own[kernel.gpuHalf];
}
