import { DeviceError } from "../../errors.ts";
import type { InnerDevice } from "../device.ts";
import { findWebgpu } from "./find-webgpu.ts";
import type { OpenOptions } from "./find-webgpu.ts";
import { checkMode, createGpu, createKernel, destroyKernel, messageOf } from "./gpujs.ts";
import type { WebgpuResult } from "./gpujs.ts";
import { HostGpuDevice } from "./host-device.ts";
import type { GpuStep } from "./program.ts";
import { WebgpuDevice } from "./webgpu-device.ts";

export { refuseSoftware } from "./find-webgpu.ts";

/** The modes of gpu.js. */
export type GpuMode = "webgpu" | "webgl2" | "webgl" | "headlessgl" | "webasm" | "cpu";

/** A kernel that every mode can run. */
const probe: GpuStep = { source: "function(a) { return a[this.thread.x] * 2.0 + 1.0; }", args: ["input0"], size: 3 };
const probeInput = Float32Array.of(1, 2, 3);
const probeOutput = Float32Array.of(3, 5, 7);

/**
 * Opens gpu.js in one of its modes and runs a small kernel there, so that what is returned is known to work.
 *
 * @throws DeviceError if the mode cannot be had here, saying why.
 */
export async function openGpuDevice(mode: GpuMode, options?: OpenOptions): Promise<InnerDevice> {
  if (mode === "webgpu") return openWebgpu(options);
  const gpu = createGpu(mode);
  try {
    const kernel = createKernel(gpu, probe, { resident: false, memory: null });
    checkProbe(mode, kernel(probeInput));
    checkMode(`gpu:${mode}`, kernel, gpu);
    destroyKernel(gpu, kernel);
  } catch (cause) {
    await gpu.destroy();
    if (cause instanceof DeviceError) throw cause;
    throw new DeviceError(`gpu.js could not run a kernel in ${mode} mode: ${messageOf(cause)}`, { cause });
  }
  return new HostGpuDevice(mode, gpu);
}

async function openWebgpu(options?: OpenOptions): Promise<InnerDevice> {
  const softwareAdapter = await findWebgpu(options);
  const gpu = createGpu("webgpu");
  try {
    const kernel = createKernel(gpu, probe, { resident: true, memory: null });
    const result = (await kernel(probeInput)) as WebgpuResult;
    checkProbe("webgpu", await result.toArray());
    checkMode("gpu:webgpu", kernel, gpu);
    return new WebgpuDevice(gpu, result, softwareAdapter);
  } catch (cause) {
    await gpu.destroy();
    if (cause instanceof DeviceError) throw cause;
    throw new DeviceError(`gpu.js could not run a kernel in webgpu mode: ${messageOf(cause)}`, { cause });
  }
}

function checkProbe(mode: GpuMode, result: unknown): void {
  const right =
    result instanceof Float32Array &&
    result.length === probeOutput.length &&
    result.every((value, i) => value === probeOutput[i]);
  if (!right)
    throw new DeviceError(
      `gpu.js computes wrong values in ${mode} mode: expected ${probeOutput.join()} from a small kernel, got ${String(result)}`,
    );
}
