import { checkBoolean, checkFunction } from "../checks/check-argument.ts";
import { checkDevice } from "../checks/check-device.ts";
import { readOptions } from "../checks/read-options.ts";
import { showValue } from "../checks/show-value.ts";
import { DeviceError, ValueError } from "../errors.ts";
import type { Device, InnerDevice, MemoryStats } from "./device.ts";
import { FusingDevice } from "./fusing/fusing-device.ts";
import type { GpuMode } from "./gpu/open-gpu-device.ts";
import { availableThreads, checkThreads } from "./wasm/available-threads.ts";
import { WasmDevice } from "./wasm/device.ts";
import type { KernelCalls } from "./wasm/kernel-calls.ts";
import { checkSimdWidth, type SimdWidth } from "./wasm/simd-width.ts";
import { simdInUse, useSimd } from "./wasm/use-simd.ts";
import { fusionFromEnvironment, simdFromEnvironment, threadsFromEnvironment, widenAsAsked } from "#environment";
import { isPage, missingForThreads } from "#host";

const gpuModes = ["webgpu", "webgl2", "webgl", "headlessgl", "webasm", "cpu"] as const satisfies readonly GpuMode[];

/** Names that `useDevice` takes. */
export type DeviceName = "auto" | "wasm" | "gpu" | `gpu:${GpuMode}`;

/** All names that `useDevice` takes, in the order in which the documentation lists them. */
export const deviceNames: readonly DeviceName[] = /* @__PURE__ */ (["auto", "wasm", "gpu"] as DeviceName[]).concat(
  /* @__PURE__ */ gpuModes.map((mode) => `gpu:${mode}` as const),
);

/** How a device is to be. */
export interface DeviceOptions {
  /**
   * Bits that kernels of `wasm` work on at once. With 256, V8 fuses pairs of operations into ones of AVX2: matrix products and
   * convolutions are up to twice as fast, where the engine can; else 128 bits serve, and `deviceReport` says why. V8 calls it
   * experimental. In Node it is switched on for the whole process. The device keeps its width until another is asked for.
   *
   * @default the environment variable TAPEGRAD_SIMD; else 256 if Node was started with --experimental-wasm-revectorize; else 128
   */
  simd?: SimdWidth;
}

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
  /** How many threads kernels run on; 1 on `gpu` devices, whose kernels gpu.js runs. */
  readonly threads: number;
  /** Why it is that number, and what would allow more, as a sentence. */
  readonly threadsReason: string;
  /** Bits that kernels work on at once; null on `gpu` devices. */
  readonly simd: SimdWidth | null;
  /** Why it is that number, what 256 bits bring here, and what would allow them, as a sentence. */
  readonly simdReason: string;
  /** Whether kernels are held back and fused. */
  readonly fusion: boolean;
}

let device: Device | null = null;
let report: Pick<DeviceReport, "requested" | "device" | "reason" | "attempts"> | null = null;
const open = new Map<string, FusingDevice>();
let wasm: WasmDevice | null = null;
let fusing: boolean = fusionFromEnvironment();
/** What `setThreads` was given. */
let threads: number | null = null;
/** What `useDevice` was given. */
let simd: SimdWidth | null = null;
/** Has a new device's kernels work on that width, or on what the environment asks for. */
let widen: (calls: KernelCalls) => void = widenAsAsked;

/** The device on which new tensors are made. Before the first `useDevice` it is `wasm`, which every engine has. */
export function currentDevice(): Device {
  if (device === null) {
    device = openWasm();
    report = {
      requested: "auto",
      device: device.name,
      reason: "no device was chosen with useDevice, so the one that needs no probing serves",
      attempts: [],
    };
  }
  return device;
}

/**
 * On how many threads the `wasm` device runs its kernels. The default is the environment variable `TAPEGRAD_THREADS`,
 * else as many as the machine has. Results are the same, bit by bit, for any number.
 *
 * @throws ValueError if `count` is not a positive integer.
 * @throws DeviceError if it is more than 1 where there are no threads: in pages that are not cross-origin isolated, and
 *   where Node may not start workers.
 */
export function setThreads(count: number): void {
  checkThreads("setThreads", count);
  threads = count;
  if (wasm !== null) wasm.calls.threads = count;
}

/**
 * Whether devices may hold cheap kernels back and fuse them into what reads them: on by default, off with the environment
 * variable `TAPEGRAD_FUSION=0`. Results are the same to rounding; only the clock and the profiler can tell.
 */
export function setFusion(enabled: boolean): void {
  checkBoolean("setFusion", "enabled", enabled);
  fusing = enabled;
  for (const each of open.values()) each.enabled = enabled;
}

/** Runs a synchronous `fn` with new tensors made on `chosen`, and restores the device afterwards. */
export function withDevice<R>(chosen: Device, fn: () => R): R {
  checkDevice("withDevice", chosen);
  checkFunction("withDevice", "fn", fn);
  const before = device;
  device = chosen;
  try {
    return fn();
  } finally {
    device = before;
  }
}

/** What was chosen, why, and what else was tried. */
export function deviceReport(): DeviceReport {
  const { name } = currentDevice();
  const made = report ?? { requested: "auto", device: name, reason: "withDevice chose it", attempts: [] };
  return { ...made, ...threadsInUse(name), ...simdReport(name), fusion: fusing };
}

function threadsInUse(name: string): Pick<DeviceReport, "threads" | "threadsReason"> {
  if (name !== "wasm") return { threads: 1, threadsReason: "gpu.js runs the kernels" };
  const { count, refusal } = wasm!.calls.running;
  if (refusal !== null)
    return { threads: count, threadsReason: `of ${wasm!.calls.threads} threads, not all could be started: ${refusal}` };
  const missing = missingForThreads();
  const reason =
    missing ??
    (threads !== null
      ? "setThreads asked for it"
      : threadsFromEnvironment() !== null
        ? "TAPEGRAD_THREADS asked for it"
        : "one for each processor, and 16 at most");
  return { threads: count, threadsReason: reason };
}

function simdReport(name: string): Pick<DeviceReport, "simd" | "simdReason"> {
  if (name !== "wasm") return { simd: null, simdReason: "gpu.js runs the kernels" };
  const { asked, inUse, finding } = simdInUse(wasm!.calls);
  const { who } = simdAskedFor();
  const wish = who === null ? "128 bits are the default" : `${who} asked for ${asked} bits`;
  const simdReason = asked === 256 ? `${wish}: ${finding}` : `${wish}; useDevice("wasm", { simd: 256 }) asks for more`;
  return { simd: inUse, simdReason };
}

/** Bytes and buffers of live tensors on the current device. */
export function memoryStats(): MemoryStats {
  return currentDevice().memoryStats();
}

/**
 * Chooses the device on which tensors are made from now on. Tensors made before stay where they are.
 *
 * - `"auto"`: a WebGPU adapter through gpu.js if one answers and is not software, else `wasm`.
 * - `"gpu"`: the first gpu.js mode that works here: webgpu, webgl2, webgl, headlessgl, webasm, cpu.
 * - `"gpu:MODE"`: that mode and no other, also a software adapter. `"wasm"`: tapegrad's own SIMD kernels.
 *
 * A device whose hardware was taken away, a lost WebGL context or WebGPU device, is opened anew.
 *
 * Nothing falls back unasked: a named device that cannot be had is an error.
 *
 * @throws DeviceError if the name is unknown or the device cannot be had, listing what was tried.
 * @throws ValueError if `simd` is neither 128 nor 256, or is given with the name of a gpu device.
 */
export async function useDevice(name: DeviceName = "auto", options: DeviceOptions = {}): Promise<Device> {
  if (!deviceNames.includes(name)) {
    throw new DeviceError(`useDevice: unknown device ${showValue(name)}; expected one of ${deviceNames.join(", ")}`);
  }
  const { simd: width } = readOptions("useDevice", options, { simd: [simdAskedFor().width, checkSimdWidth] });
  if (name.startsWith("gpu") && options.simd !== undefined)
    throw new ValueError(`useDevice: simd is an option of the device wasm, and ${name} was asked for`);
  const attempts: DeviceAttempt[] = [];
  const candidates: readonly GpuMode[] =
    name === "auto" ? ["webgpu"] : name === "gpu" ? gpuModes : name === "wasm" ? [] : [name.slice(4) as GpuMode];
  for (const mode of candidates) {
    const key = `gpu:${mode}`;
    try {
      const software = name === key;
      const { openGpuDevice, refuseSoftware } = await import("./gpu/open-gpu-device.ts");
      let found = open.get(key);
      if (found?.lost === true) {
        found.destroy();
        found = undefined;
      }
      found ??= register(key, await openGpuDevice(mode, { software }));
      if (!software) refuseSoftware(found.softwareAdapter);
      const reason =
        name === "auto"
          ? "a WebGPU adapter answered through gpu.js"
          : name === "gpu"
            ? `gpu.js's first mode that works here is ${mode}`
            : `${name} was asked for`;
      return choose(name, found, reason, attempts);
    } catch (error) {
      attempts.push({ name: key, outcome: error instanceof Error ? error.message : String(error) });
    }
  }
  if (name !== "auto" && name !== "wasm") {
    throw new DeviceError(
      `useDevice: ${name} cannot be had here. Tried ${attempts.map((a) => `${a.name} (${a.outcome})`).join("; ")}`,
    );
  }
  if (options.simd !== undefined) {
    simd = width;
    widen = (calls) => void useSimd(calls, width);
  }
  const wasmDevice = openWasm();
  await useSimd(wasm!.calls, width);
  if (isPage) await wasm!.prepare();
  return choose(
    name,
    wasmDevice,
    name === "auto"
      ? "no WebGPU adapter answered, so the SIMD WebAssembly kernels run on the CPU"
      : "wasm was asked for",
    attempts,
  );
}

/** Frees every device, and with them all tensors; the next op opens a fresh one. */
export function destroyDevices(): void {
  for (const each of open.values()) each.destroy();
  open.clear();
  wasm = null;
  device = null;
  report = null;
}

function openWasm(): Device {
  const found = open.get("wasm");
  if (found !== undefined) return found;
  const made = new WasmDevice(threads ?? threadsFromEnvironment() ?? availableThreads());
  // Where that takes time, in pages, `useDevice` waits for it.
  widen(made.calls);
  wasm = made;
  return register("wasm", made);
}

function register(key: string, inner: InnerDevice): FusingDevice {
  const found = new FusingDevice(inner);
  found.enabled = fusing;
  open.set(key, found);
  return found;
}

function choose(requested: DeviceName, chosen: Device, reason: string, attempts: readonly DeviceAttempt[]): Device {
  device = chosen;
  report = { requested, device: chosen.name, reason, attempts };
  return chosen;
}

/** Which width to use, and who asked for it: null if nobody did. */
function simdAskedFor(): { readonly width: SimdWidth; readonly who: string | null } {
  if (simd !== null) return { width: simd, who: "useDevice" };
  return simdFromEnvironment() ?? { width: 128, who: null };
}
