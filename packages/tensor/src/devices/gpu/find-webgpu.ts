import { DeviceError } from "../../errors.ts";
import { messageOf } from "./gpujs.ts";

/** What is used of the `webgpu` package, which brings WebGPU to Node. */
interface WebgpuPackage {
  create(options: readonly string[]): unknown;
}

/**
 * Makes sure that `navigator.gpu` exists, where gpu.js looks for WebGPU, and that it has an adapter. Browsers have it;
 * in Node the optional package `webgpu` provides it, unless the program has set `navigator.gpu` itself.
 *
 * @throws DeviceError if there is no WebGPU, or no adapter, saying what would help.
 */
export async function findWebgpu(): Promise<void> {
  if (currentGpu() === undefined) provideGpu(await importWebgpu());
  const adapter = await currentGpu()!.requestAdapter();
  if (adapter === null) {
    throw new DeviceError("WebGPU is there but has no adapter: no gpu, or no driver for one, was found");
  }
}

interface Gpu {
  requestAdapter(): Promise<object | null>;
}

function currentGpu(): Gpu | undefined {
  return (globalThis as { navigator?: { gpu?: Gpu } }).navigator?.gpu;
}

async function importWebgpu(): Promise<WebgpuPackage> {
  if (typeof process === "undefined") throw new DeviceError("this browser has no WebGPU (navigator.gpu is missing)");
  // A variable, so that neither TypeScript nor a bundler wants the package to be there.
  const name: string = "webgpu";
  try {
    return (await import(/* @vite-ignore */ name)) as WebgpuPackage;
  } catch (cause) {
    throw new DeviceError(`WebGPU in Node needs the optional package "webgpu" (tried with 0.6.2), which cannot be imported: ${firstLine(cause)}`, { cause });
  }
}

/** Puts the package's WebGPU where gpu.js looks for it. Node before 21 has no `navigator`. */
function provideGpu(webgpu: WebgpuPackage): void {
  const gpu = webgpu.create([]);
  const { navigator } = globalThis as { navigator?: object };
  if (navigator === undefined) Object.defineProperty(globalThis, "navigator", { value: { gpu }, configurable: true, writable: true });
  else Object.defineProperty(navigator, "gpu", { value: gpu, configurable: true, writable: true });
}

function firstLine(error: unknown): string {
  return messageOf(error).split("\n", 1)[0]!;
}
