import { DeviceError } from "../../errors.ts";
import { GPU } from "./generated/gpu-js.ts";
import { withoutIntegers } from "./integer-local.ts";
import type { GpuMode } from "./open-gpu-device.ts";
import { type GpuStep, gridOf } from "./program.ts";
import type { SharedMemory, WebasmKernel } from "./shared-memory.ts";
import { type GpujsTexture, textureSize } from "./textures.ts";

/** One of gpu.js's engines, with the kernels that it made. */
export interface GpuInstance {
  readonly mode: string;
  /** The implementation of the engine's mode. */
  readonly Kernel: { readonly mode?: string };
  readonly kernels: unknown[];
  createKernel(source: string, settings: GpujsSettings): GpujsKernel;
  destroy(): Promise<void>;
}

/** What is used of gpu.js's settings of a kernel. */
interface GpujsSettings {
  readonly output: readonly number[];
  readonly precision: "single";
  readonly tactic: "precision";
  readonly asyncMode: boolean;
  readonly pipeline?: boolean;
  readonly immutable?: boolean;
}

/** A kernel of gpu.js: called with flat arrays or with what such a kernel returned. */
export interface GpujsKernel {
  (...args: readonly unknown[]): unknown;
  /** The implementation that serves calls; gpu.js may exchange it. */
  readonly kernel: GpujsImplementation;
  readonly fallbackReason?: string | null;
  destroy(): void;
}

/** What is used of an implementation; what only some modes have is optional. */
interface GpujsImplementation extends Partial<WebasmKernel> {
  readonly constructor: { readonly mode?: string };
  _shapeOutput?: (data: Float32Array) => unknown;
  /** The buffer that the last call filled, in the webgpu mode. */
  outputBuffer?: { _refs: number } | null;
  /** What the next call fills in WebGL modes, whether the kernel must be told of it, and its sides. */
  texture?: GpujsTexture | null;
  _textureSwitched?: boolean;
  texSize?: Int32Array;
  checkTextureSize?: () => void;
}

/** A result that stays on the gpu in gpu.js's WebGPU mode. */
export interface WebgpuResult {
  readonly constructor: new (settings: WebgpuResultSettings) => WebgpuResult;
  readonly context: WebgpuContext;
  /** Extents, and how many values each thread returned. */
  output: readonly number[];
  componentCount: number;
  /** The kernel that reads it back. */
  kernel: unknown;
  toArray(): Promise<Float32Array>;
  delete(): void;
}

interface WebgpuResultSettings {
  readonly buffer: object;
  readonly output: readonly number[];
  readonly componentCount: number;
  readonly context: WebgpuContext;
  readonly kernel: unknown;
}

/** What is needed of a `GPUDevice`, whose types not every TypeScript has. */
interface WebgpuContext {
  readonly device: {
    readonly queue: { writeBuffer(buffer: object, offset: number, values: Float32Array): void };
    createBuffer(options: { readonly size: number; readonly usage: number }): object;
    readonly lost: Promise<unknown>;
    onuncapturederror: ((event: { readonly error: { readonly message: string } }) => void) | null;
  };
}

/** How kernels of a device are made. */
export interface KernelSettings {
  /** Results stay on the device, each in a buffer of its own. */
  readonly resident: boolean;
  /** Where kernels of the webasm mode put arguments and outputs. */
  readonly memory: SharedMemory | null;
}

/** What a mode needs, for when it is missing. */
const needs: { readonly [mode in GpuMode]: string } = {
  webgpu: "it needs navigator.gpu",
  webgl2: "it needs WebGL 2, which browsers have",
  webgl: "it needs WebGL, which browsers have",
  headlessgl: 'it needs the optional native package "gl", and a display such as xvfb\'s',
  webasm: "it needs WebAssembly",
  cpu: "it needs nothing",
};

/** Makes one of gpu.js's engines. @throws DeviceError if gpu.js has no such mode here. */
export function createGpu(mode: GpuMode): GpuInstance {
  try {
    return new (GPU as new (settings: { readonly mode: GpuMode }) => GpuInstance)({ mode });
  } catch (cause) {
    throw new DeviceError(`gpu.js has no ${mode} mode here: ${needs[mode]}`, { cause });
  }
}

/** A step's kernel. Nothing is compiled before its first call. */
export function createKernel(gpu: GpuInstance, step: GpuStep, { resident, memory }: KernelSettings): GpujsKernel {
  const kernel = gpu.createKernel(isWebgl(gpu) ? withoutIntegers(step.source) : step.source, {
    output: typeof step.size === "number" ? [step.size] : [...step.size],
    precision: "single",
    // WebGL would otherwise compute small kernels in any precision that holds their sizes: 10 bits on phones.
    tactic: "precision",
    // With threads, each kernel of gpu.js's webasm mode would own a pool of workers.
    asyncMode: false,
    // In WebGL modes the device chooses the texture of each result.
    ...(resident && { pipeline: true, immutable: !isWebgl(gpu) }),
  });
  if (resident && isWebgl(gpu)) sizeByLength(kernel.kernel, step);
  // Values leave gpu.js's webasm and webgpu modes as one flat array, as wanted. gpu.js would otherwise cut it up.
  if (kernel.kernel._shapeOutput !== undefined) kernel.kernel._shapeOutput = (data) => data;
  memory?.adopt(kernel.kernel as WebasmKernel);
  return kernel;
}

/** Whether kernels become GLSL. */
export function isWebgl({ mode }: GpuInstance): boolean {
  return mode === "webgl" || mode === "webgl2" || mode === "headlessgl";
}

/** Makes a WebGL kernel render to textures of the size that `Textures` gives them, and not by the grid of threads. */
function sizeByLength(kernel: GpujsImplementation, step: GpuStep): void {
  const [x, y, z] = gridOf(step);
  const check = kernel.checkTextureSize!;
  // gpu.js calls this as soon as it has chosen a size.
  kernel.checkTextureSize = () => {
    kernel.texSize = textureSize(x * y * z);
    check.call(kernel);
  };
}

/** Calls a kernel of a WebGL mode whose result goes to `target`, which must not be an argument. */
export function renderInto(kernel: GpujsKernel, args: readonly unknown[], target: GpujsTexture): void {
  const implementation = kernel.kernel;
  implementation.texture = target;
  implementation._textureSwitched = true;
  try {
    kernel(...args);
  } finally {
    // Else it would delete the texture with itself.
    implementation.texture = null;
  }
}

/** Lets go of the buffer that the last call of a webgpu kernel filled, so that only the result holds it. */
export function releaseOutput({ kernel }: GpujsKernel): void {
  if (kernel.outputBuffer === undefined || kernel.outputBuffer === null) return;
  kernel.outputBuffer._refs--;
  kernel.outputBuffer = null;
}

/** Frees what a kernel holds. gpu.js's cpu mode would keep it in the list of the engine's kernels. */
export function destroyKernel(gpu: GpuInstance, kernel: GpujsKernel): void {
  kernel.destroy();
  const index = gpu.kernels.indexOf(kernel.kernel);
  if (index >= 0) gpu.kernels.splice(index, 1);
}

/**
 * Checks that a call was served by the engine's own mode, because gpu.js turns to its cpu mode by itself.
 *
 * @throws DeviceError naming the kernel and gpu.js's reason.
 */
export function checkMode(name: string, kernel: GpujsKernel, gpu: GpuInstance): void {
  const { constructor } = kernel.kernel;
  if (constructor === gpu.Kernel) return;
  throw new DeviceError(
    `${name}: gpu.js ran it in its ${constructor.mode} mode instead of ${gpu.mode}: ${kernel.fallbackReason ?? "it gave no reason"}`,
  );
}

/** What is told of a kernel that gpu.js failed to run. */
export function failureOf(name: string, { mode }: GpuInstance, cause: unknown): DeviceError {
  return new DeviceError(`${name}: gpu.js could not run it in ${mode} mode: ${messageOf(cause)}`, { cause });
}

/** An error's message, or the thrown value as text. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
