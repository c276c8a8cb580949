import { DeviceError } from "../errors.ts";
import type { Device, MemoryStats } from "./device.ts";
import type { GpuMode } from "./gpu/device.ts";
import { WasmDevice } from "./wasm/device.ts";

const gpuModes = ["webgpu", "webgl2", "webgl", "headlessgl", "webasm", "cpu"] as const satisfies readonly GpuMode[];

/** Names that `useDevice` takes. */
export type DeviceName = "auto" | "wasm" | "gpu" | `gpu:${GpuMode}`;

/** All names that `useDevice` takes, in the order in which the documentation lists them. */
export const deviceNames: readonly DeviceName[] = ["auto", "wasm", "gpu", ...gpuModes.map((mode) => `gpu:${mode}` as const)];

/** One device that was considered and why it was not taken. */
export interface DeviceAttempt {
  readonly name: string;
  readonly outcome: string;
}

/** Which device is in use, why, and what else was tried. */
export interface DeviceReport {
  /** The name that was asked for. */
  readonly requested: DeviceName;
  /** The device in use. */
  readonly device: string;
  /** Why it was chosen, as a sentence. */
  readonly reason: string;
  /** What was tried before it, and what came of it. */
  readonly attempts: readonly DeviceAttempt[];
}

let device: Device | null = null;
let report: DeviceReport | null = null;
const open = new Map<string, Device>();

/** The device on which new tensors are made. Before the first `useDevice` it is `wasm`, which every engine has. */
export function currentDevice(): Device {
  if (device === null) {
    device = openWasm();
    report = { requested: "auto", device: device.name, reason: "no device was chosen with useDevice, so the one that needs no probing serves", attempts: [] };
  }
  return device;
}

/** Runs a synchronous `fn` with new tensors made on `chosen`, and restores the device afterwards. */
export function withDevice<R>(chosen: Device, fn: () => R): R {
  const before = currentDevice();
  device = chosen;
  try {
    return fn();
  } finally {
    device = before;
  }
}

/** What was chosen, why, and what else was tried. */
export function deviceReport(): DeviceReport {
  currentDevice();
  return report!;
}

/** Bytes and buffers of live tensors on the current device. */
export function memoryStats(): MemoryStats {
  return currentDevice().memoryStats();
}

/**
 * Chooses the device on which tensors are made from now on. Tensors made before stay where they are.
 *
 * - `"auto"`: a WebGPU adapter through gpu.js if one answers, else `wasm`.
 * - `"gpu"`: the first gpu.js mode that works here: webgpu, webgl2, webgl, headlessgl, webasm, cpu.
 * - `"gpu:MODE"`: that mode and no other. `"wasm"`: tapegrad's own SIMD kernels.
 *
 * Nothing falls back unasked: a named device that cannot be had is an error.
 *
 * @throws DeviceError if the name is unknown or the device cannot be had, listing what was tried.
 */
export async function useDevice(name: DeviceName = "auto"): Promise<Device> {
  if (!deviceNames.includes(name)) {
    throw new DeviceError(`useDevice: unknown device ${JSON.stringify(name)}; expected one of ${deviceNames.join(", ")}`);
  }
  const attempts: DeviceAttempt[] = [];
  const candidates: readonly GpuMode[] = name === "auto" ? ["webgpu"] : name === "gpu" ? gpuModes : name === "wasm" ? [] : [name.slice(4) as GpuMode];
  for (const mode of candidates) {
    const key = `gpu:${mode}`;
    try {
      let found = open.get(key);
      if (found === undefined) {
        const { openGpuDevice } = await import("./gpu/device.ts");
        found = await openGpuDevice(mode);
        open.set(key, found);
      }
      const reason =
        name === "auto" ? "a WebGPU adapter answered through gpu.js" : name === "gpu" ? `gpu.js's first mode that works here is ${mode}` : `${name} was asked for`;
      return choose(name, found, reason, attempts);
    } catch (error) {
      attempts.push({ name: key, outcome: error instanceof Error ? error.message : String(error) });
    }
  }
  if (name !== "auto" && name !== "wasm") {
    throw new DeviceError(`useDevice: ${name} cannot be had here. Tried ${attempts.map((a) => `${a.name} (${a.outcome})`).join("; ")}`);
  }
  return choose(name, openWasm(), name === "auto" ? "no WebGPU adapter answered, so the SIMD WebAssembly kernels run on the CPU" : "wasm was asked for", attempts);
}

/** Frees every device, and with them all tensors; the next op opens a fresh one. */
export function destroyDevices(): void {
  for (const each of open.values()) each.destroy();
  open.clear();
  device = null;
  report = null;
}

function openWasm(): Device {
  let found = open.get("wasm");
  if (found === undefined) {
    found = new WasmDevice();
    open.set("wasm", found);
  }
  return found;
}

function choose(requested: DeviceName, chosen: Device, reason: string, attempts: readonly DeviceAttempt[]): Device {
  device = chosen;
  report = { requested, device: chosen.name, reason, attempts };
  return chosen;
}
