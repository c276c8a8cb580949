import { DeviceError } from "../../errors.ts";
import type { TypedArrayOf } from "../../tensor/dtype.ts";
import type { HostValues, InnerDevice, MemoryStats, Operand, OutputSpec } from "../device.ts";
import type { Kernel } from "../kernel.ts";
import { checkMode, type GpuInstance, type GpujsKernel, messageOf, renderInto } from "./gpujs.ts";
import { gpuHalfOf } from "./halves.ts";
import { KernelCache } from "./kernel-cache.ts";
import { SharingHandle, type SharedValues, UserCounts } from "./shared-values.ts";
import { type GpujsTexture, Textures } from "./textures.ts";
import { fromFloats, toFloats } from "./values.ts";

type Values = SharedValues<GpujsTexture>;
type WebglHandle = SharingHandle<GpujsTexture>;

/**
 * Runs programs through gpu.js's WebGL modes. Values stay in textures on the gpu; calls are submitted at once and run in
 * that order, and reading waits for them.
 */
export class WebglDevice implements InnerDevice {
  readonly name: string;
  readonly synchronous = true;
  readonly stalls = true;
  readonly #gpu: GpuInstance;
  readonly #context: GpujsTexture["context"];
  readonly #cache: KernelCache;
  readonly #textures: Textures;
  readonly #users: UserCounts<GpujsTexture>;
  /** What WebGL refused, such as memory. Results computed since are wrong. */
  #fault: string | null = null;

  /** @param model a texture that gpu.js made for a flat result. */
  constructor(gpu: GpuInstance, model: GpujsTexture) {
    this.name = `gpu:${gpu.mode}`;
    this.#gpu = gpu;
    this.#context = model.context;
    this.#cache = new KernelCache(gpu, { resident: true, memory: null });
    this.#textures = new Textures(model);
    this.#users = new UserCounts(this.name, (texture) => this.#textures.give(texture));
  }

  get lost(): boolean {
    return this.#fault !== null || this.#context.isContextLost();
  }

  upload(values: HostValues): WebglHandle {
    this.#checkContext();
    const floats = toFloats(this.name, values);
    const dtype = values instanceof Int32Array ? "int32" : "float32";
    // A texture has at least one texel.
    const texture = this.#textures.write(floats.length === 0 ? new Float32Array(1) : floats);
    return new SharingHandle(dtype, floats.length, this.#own(texture));
  }

  copy(handle: WebglHandle): WebglHandle {
    return this.#users.copy(handle);
  }

  run<P>(kernel: Kernel<P>, inputs: readonly Operand[], outputs: readonly OutputSpec[], params: P): WebglHandle[] {
    const half = gpuHalfOf(kernel);
    if (half.host !== undefined) return half.host(outputs, params).map((values) => this.upload(values));
    this.#checkContext();
    const program = this.#cache.get(kernel, inputs, outputs, params);
    const uniforms = Float32Array.from(half.uniforms?.(params) ?? []);
    const sources = inputs.map(({ handle }) => this.#users.valuesOf(handle as WebglHandle).memory);
    const made: Values[] = [];
    try {
      for (const { kernel: compiled, unpack, bindings, step, size } of program.steps) {
        const args = bindings.map(({ from, index }) =>
          from === "input" ? sources[index]! : from === "step" ? made[index]!.memory : uniforms,
        );
        const { lanes = 1 } = step;
        let result = this.#call(kernel.name, compiled, args, this.#textures.take(size / lanes, lanes));
        if (unpack !== null) {
          const packed = result;
          result = this.#call(kernel.name, unpack, [packed], this.#textures.take(size));
          this.#textures.give(packed);
        }
        made.push(this.#own(result));
      }
      const results = program.outputs.map((step) => made[step]!.retain());
      return this.#users.handlesOf(inputs, outputs, results);
    } finally {
      for (const values of made) this.#users.release(values);
    }
  }

  read(handle: WebglHandle): TypedArrayOf {
    const floats = this.#textures.read(this.#users.valuesOf(handle).memory);
    this.#checkContext();
    const error = this.#context.getError();
    if (error !== this.#context.NO_ERROR) this.#fault ??= `WebGL error ${error}`;
    if (this.#fault !== null)
      throw new DeviceError(
        `${this.name}: ${this.#fault}; values computed since are lost, and useDevice("${this.name}") opens a new device`,
      );
    return fromFloats(this.name, handle.dtype, floats.subarray(0, handle.size));
  }

  async download(handle: WebglHandle): Promise<TypedArrayOf> {
    const values = this.read(handle);
    await this.#users.collect();
    return values;
  }

  free(handle: WebglHandle): void {
    this.reclaim(handle.token);
  }

  reclaim(token: WebglHandle["token"]): void {
    this.#users.reclaim(token);
  }

  memoryStats(): MemoryStats {
    const { buffers, bytes } = this.#users.stats;
    return { buffers, bytes, reservedBytes: bytes + this.#textures.waitingBytes };
  }

  destroy(): void {
    this.#cache.destroy();
    this.#textures.destroy();
    void this.#gpu.destroy();
  }

  #call(
    name: string,
    kernel: GpujsKernel,
    args: readonly (GpujsTexture | Float32Array)[],
    target: GpujsTexture,
  ): GpujsTexture {
    try {
      renderInto(kernel, args, target);
    } catch (cause) {
      this.#textures.give(target);
      this.#checkContext();
      throw new DeviceError(`${name}: gpu.js could not run it in ${this.#gpu.mode} mode: ${messageOf(cause)}`, {
        cause,
      });
    }
    checkMode(name, kernel, this.#gpu);
    return target;
  }

  #own(texture: GpujsTexture): Values {
    return this.#users.own(texture, this.#textures.bytesOf(texture));
  }

  #checkContext(): void {
    if (this.#context.isContextLost())
      throw new DeviceError(
        `${this.name}: the WebGL context was lost, and all values with it; useDevice("${this.name}") opens a new one`,
      );
  }
}
