import { DeviceError } from "../../errors.ts";
import { messageOf } from "./gpujs.ts";

/** What is used of the `webgpu` package, which brings WebGPU to Node. */
interface WebgpuPackage {
  create(options: readonly string[]): unknown;
}

/** How a gpu device is opened. */
export interface OpenOptions {
  /** Whether a WebGPU adapter that computes on the CPU will do: right, but far slower than wasm. @default true */
  readonly software?: boolean;
}

/**
 * Makes sure that `navigator.gpu` exists, where gpu.js looks for WebGPU, and that it has an adapter. Browsers have it;
 * in Node the optional package `webgpu` provides it, unless the program has set `navigator.gpu` itself. Returns how the
 * adapter describes itself if it is software, else null.
 *
 * @throws DeviceError if there is no WebGPU, or no adapter, saying what would help.
 */
export async function findWebgpu({ software = true }: OpenOptions = {}): Promise<string | null> {
  if (currentGpu() === undefined) provideGpu(await importWebgpu());
  const adapter = await currentGpu()!.requestAdapter();
  if (adapter === null) {
    throw new DeviceError("WebGPU is there but has no adapter: no gpu, or no driver for one, was found");
  }
  const softwareAdapter = adapter.info?.isFallbackAdapter === true ? adapter.info.description : null;
  if (!software) refuseSoftware(softwareAdapter);
  return softwareAdapter;
}

/** @throws DeviceError if an adapter is software, of this description. */
export function refuseSoftware(adapter: string | null): void {
  if (adapter === null) return;
  throw new DeviceError(`the WebGPU adapter is software (${adapter}); ask for gpu:webgpu by name to use it`);
}

interface Gpu {
  requestAdapter(): Promise<Adapter | null>;
}

interface Adapter {
  readonly info?: { readonly description: string; readonly isFallbackAdapter?: boolean };
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
    throw new DeviceError(
      `WebGPU in Node needs the optional package "webgpu" (tried with 0.6.2), which cannot be imported: ${firstLine(cause)}`,
      { cause },
    );
  }
}

/** Puts the package's WebGPU where gpu.js looks for it. Node before 21 has no `navigator`. */
function provideGpu(webgpu: WebgpuPackage): void {
  const gpu = webgpu.create([]);
  const { navigator } = globalThis as { navigator?: object };
  if (navigator === undefined)
    Object.defineProperty(globalThis, "navigator", { value: { gpu }, configurable: true, writable: true });
  else Object.defineProperty(navigator, "gpu", { value: gpu, configurable: true, writable: true });
}

function firstLine(error: unknown): string {
  return messageOf(error).split("\n", 1)[0]!;
}
