import { DeviceError } from "../../errors.ts";
import type { InnerDevice } from "../device.ts";
import { findWebgpu, type OpenOptions } from "./find-webgpu.ts";
import { checkMode, createGpu, createKernel, type GpuInstance, messageOf, type WebgpuResult } from "./gpujs.ts";
import { HostGpuDevice } from "./host-device.ts";
import { probeDevice } from "./probe.ts";
import { stepOf } from "./program.ts";
import type { GpujsTexture } from "./textures.ts";
import { WebglDevice } from "./webgl-device.ts";
import { WebgpuDevice } from "./webgpu-device.ts";

export { refuseSoftware } from "./find-webgpu.ts";

/** The modes of gpu.js. */
export type GpuMode = "webgpu" | "webgl2" | "webgl" | "headlessgl" | "webasm" | "cpu";

/**
 * Opens gpu.js in one of its modes and runs a kernel there with a program of each kind, so that what is returned is known
 * to work.
 *
 * @throws DeviceError if the mode cannot be had here, or gets one of the programs wrong, saying why.
 */
export async function openGpuDevice(mode: GpuMode, options?: OpenOptions): Promise<InnerDevice> {
  const softwareAdapter = mode === "webgpu" ? await findWebgpu(options) : null;
  const gpu = createGpu(mode);
  let device: InnerDevice | null = null;
  try {
    device = await deviceOf(mode, gpu, softwareAdapter);
    await probeDevice(device);
    return device;
  } catch (cause) {
    if (device === null) await gpu.destroy();
    else device.destroy();
    if (cause instanceof DeviceError) throw cause;
    throw new DeviceError(`gpu.js could not run a kernel in ${mode} mode: ${messageOf(cause)}`, { cause });
  }
}

async function deviceOf(mode: GpuMode, gpu: GpuInstance, softwareAdapter: string | null): Promise<InnerDevice> {
  if (mode === "webgpu") return new WebgpuDevice(gpu, (await firstResult(gpu)) as WebgpuResult, softwareAdapter);
  if (mode === "webgl" || mode === "webgl2") return new WebglDevice(gpu, (await firstResult(gpu)) as GpujsTexture);
  return new HostGpuDevice(mode, gpu);
}

/** A result that stays on the gpu, from which devices learn how such are made; its kernel lives as long as the engine. */
async function firstResult(gpu: GpuInstance): Promise<unknown> {
  const step = stepOf(1, { a: "input0" }, "return a[this.thread.x];");
  const kernel = createKernel(gpu, step, { resident: true, memory: null });
  const result = await kernel(Float32Array.of(1));
  checkMode(`gpu:${gpu.mode}`, kernel, gpu);
  return result;
}
