import { DeviceError } from "../../errors.ts";
import { messageOf } from "./gpujs.ts";
import { nodeBuiltin } from "#host";

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
  if (currentGpu() === undefined) provideGpu(requireWebgpu());
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

function requireWebgpu(): WebgpuPackage {
  const node = nodeBuiltin?.<typeof import("node:module")>("node:module");
  if (node === undefined) throw new DeviceError("this browser has no WebGPU (navigator.gpu is missing)");
  // Not `import`: bundlers would want the package to be there, or warn of a name that they cannot follow.
  const load = node.createRequire(import.meta.url);
  try {
    return load("webgpu") as WebgpuPackage;
  } catch (cause) {
    throw new DeviceError(
      `WebGPU in Node needs the optional package "webgpu" (tried with 0.6.2), which cannot be loaded: ${firstLine(cause)}`,
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
