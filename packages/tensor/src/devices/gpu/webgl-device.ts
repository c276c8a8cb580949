import type { TypedArrayOf } from "../../tensor/dtype.ts";
import type { HostValues, MemoryStats } from "../device.ts";
import { checkMode, failureOf, type GpuInstance, type GpujsKernel, renderInto } from "./gpujs.ts";
import { type ProgramRun, type SharedValues, SharingDevice, SharingHandle } from "./shared-values.ts";
import { type GpujsTexture, Textures } from "./textures.ts";
import { fromFloats, toFloats } from "./values.ts";

type Values = SharedValues<GpujsTexture>;
type WebglHandle = SharingHandle<GpujsTexture>;

/**
 * Runs programs through gpu.js's WebGL modes. Values stay in textures on the gpu; calls are submitted at once and run in
 * that order, and reading waits for them.
 */
export class WebglDevice extends SharingDevice<GpujsTexture> {
  readonly name: string;
  readonly synchronous = true;
  readonly stalls = true;
  readonly #context: GpujsTexture["context"];
  readonly #textures: Textures;

  /** @param model a texture that gpu.js made for a flat result. */
  constructor(gpu: GpuInstance, model: GpujsTexture) {
    super(gpu);
    this.name = `gpu:${gpu.mode}`;
    this.#context = model.context;
    this.#textures = new Textures(model);
  }

  get lost(): boolean {
    return this.fault !== null || this.#context.isContextLost();
  }

  upload(values: HostValues): WebglHandle {
    this.#checkContext();
    const floats = toFloats(this.name, values);
    const dtype = values instanceof Int32Array ? "int32" : "float32";
    // A texture has at least one texel.
    const texture = this.#textures.write(floats.length === 0 ? new Float32Array(1) : floats);
    return new SharingHandle(dtype, floats.length, this.#own(texture));
  }

  protected runProgram({ name, program, inputs, uniforms }: ProgramRun<GpujsTexture>): Values[] {
    this.#checkContext();
    const made: Values[] = [];
    try {
      for (const { kernel: compiled, unpack, bindings, step, size } of program.steps) {
        const args = bindings.map(({ from, index }) =>
          from === "uniforms" ? uniforms : (from === "input" ? inputs : made)[index]!.memory,
        );
        const { lanes = 1 } = step;
        let result = this.#call(name, compiled, args, this.#textures.take(size / lanes, lanes));
        if (unpack !== null) {
          const packed = result;
          result = this.#call(name, unpack, [packed], this.#textures.take(size));
          this.#textures.give(packed);
        }
        made.push(this.#own(result));
      }
      return program.outputs.map((step) => made[step]!.retain());
    } finally {
      for (const values of made) this.release(values);
    }
  }

  read(handle: WebglHandle): TypedArrayOf {
    const floats = this.#textures.read(this.valuesOf(handle).memory);
    this.#checkContext();
    const error = this.#context.getError();
    if (error !== this.#context.NO_ERROR) this.fault ??= `WebGL error ${error}`;
    this.checkFault();
    return fromFloats(this.name, handle.dtype, floats.subarray(0, handle.size));
  }

  async download(handle: WebglHandle): Promise<TypedArrayOf> {
    const values = this.read(handle);
    await this.collect();
    return values;
  }

  override memoryStats(): MemoryStats {
    const { buffers, bytes } = super.memoryStats();
    return { buffers, bytes, reservedBytes: bytes + this.#textures.waitingBytes };
  }

  override destroy(): void {
    this.#textures.destroy();
    super.destroy();
  }

  protected giveBack(texture: GpujsTexture): void {
    this.#textures.give(texture);
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
      throw failureOf(name, this.gpu, cause);
    }
    checkMode(name, kernel, this.gpu);
    return target;
  }

  #own(texture: GpujsTexture): Values {
    return this.own(texture, this.#textures.bytesOf(texture));
  }

  #checkContext(): void {
    if (this.#context.isContextLost()) throw this.lossOf("WebGL context");
  }
}
