import { DeviceError } from "../../errors.ts";
import type { HostValues } from "../device.ts";
import { checkMode, failureOf, type GpuInstance, type GpujsKernel, releaseOutput, type WebgpuResult } from "./gpujs.ts";
import type { CompiledProgram, CompiledStep } from "./kernel-cache.ts";
import { type ProgramRun, SharedValues, SharingDevice, SharingHandle } from "./shared-values.ts";
import { fromFloats, toFloats } from "./values.ts";
import { nextTask } from "#host";

/** `GPUBufferUsage`'s STORAGE, COPY_SRC and COPY_DST: a constant of the standard, and a global only in browsers. */
const BUFFER_USAGE = 0x80 | 0x04 | 0x08;

/** A buffer that there is, or will be. */
type Pending = Promise<WebgpuResult>;
type WebgpuHandle = SharingHandle<Pending>;

/**
 * Runs programs through gpu.js's WebGPU mode. Values stay in buffers on the gpu; a call is submitted once its inputs have
 * been, and calls that depend on each other run in that order. What fails is reported when values are downloaded that
 * depend on it.
 */
export class WebgpuDevice extends SharingDevice<Pending> {
  readonly name = "gpu:webgpu";
  readonly synchronous = false;
  readonly softwareAdapter: string | null;
  /** A result of gpu.js, from which results for uploaded values are made. */
  readonly #model: WebgpuResult;
  #lost = false;

  constructor(gpu: GpuInstance, model: WebgpuResult, softwareAdapter: string | null) {
    super(gpu);
    this.softwareAdapter = softwareAdapter;
    this.#model = model;
    model.context.device.onuncapturederror = ({ error }) => {
      this.fault ??= error.message;
    };
    void model.context.device.lost.then(() => (this.#lost = true));
  }

  get lost(): boolean {
    return this.#lost || this.fault !== null;
  }

  upload(values: HostValues): WebgpuHandle {
    const floats = toFloats(this.name, values);
    const { kernel, context } = this.#model;
    const buffer = context.device.createBuffer({ size: Math.max(floats.byteLength, 4), usage: BUFFER_USAGE });
    context.device.queue.writeBuffer(buffer, 0, floats);
    const Result = this.#model.constructor;
    const result = new Result({ buffer, output: [floats.length], componentCount: 1, context, kernel });
    const dtype = values instanceof Int32Array ? "int32" : "float32";
    return new SharingHandle(dtype, floats.length, this.#own(floats.byteLength, Promise.resolve(result)));
  }

  protected runProgram({ name, program, inputs, uniforms }: ProgramRun<Pending>): SharedValues<Pending>[] {
    for (const values of inputs) values.retain();
    const made: SharedValues<Pending>[] = [];
    for (const step of program.steps) {
      const args = step.bindings.map(({ from, index }) =>
        from === "uniforms" ? uniforms : (from === "input" ? inputs : made)[index]!,
      );
      made.push(this.#own(step.size * 4, this.#call(name, step, args)));
    }
    const results = program.outputs.map((step) => made[step]!.retain());
    this.#releaseAfter(program, made, [...inputs, ...made]);
    return results;
  }

  read(): never {
    throw new DeviceError("gpu:webgpu: values cannot be read at once; await data() or item()");
  }

  async download(handle: WebgpuHandle): Promise<HostValues> {
    const values = this.valuesOf(handle).retain();
    let floats: Float32Array;
    try {
      floats = await (await values.memory).toArray();
    } catch (cause) {
      // The news that the device is lost may come after what fails for it.
      await nextTask();
      if (!this.#lost) throw cause;
      floats = new Float32Array(0);
    } finally {
      this.release(values);
    }
    if (this.#lost) throw this.lossOf("WebGPU device");
    this.checkFault();
    await this.collect();
    return fromFloats(this.name, handle.dtype, floats.subarray(0, handle.size));
  }

  protected giveBack(result: Pending): void {
    result.then(
      (made) => made.delete(),
      () => {},
    );
  }

  /** Calls a step's kernel when its arguments are there. */
  async #call(
    name: string,
    compiled: CompiledStep,
    args: readonly (SharedValues<Pending> | Float32Array)[],
  ): Promise<WebgpuResult> {
    const ready = await Promise.all(args.map((arg) => (arg instanceof SharedValues ? arg.memory : arg)));
    try {
      let result = await this.#submit(name, compiled.kernel, ready);
      if (compiled.unpack !== null) {
        const packed = result;
        result = await this.#submit(name, compiled.unpack, [packed]);
        packed.delete();
      }
      // Read back by a kernel that stays, for the cache may destroy this one.
      result.kernel = this.#model.kernel;
      return result;
    } catch (cause) {
      if (cause instanceof DeviceError) throw cause;
      throw failureOf(name, this.gpu, cause);
    }
  }

  async #submit(
    name: string,
    kernel: GpujsKernel,
    args: readonly (WebgpuResult | Float32Array)[],
  ): Promise<WebgpuResult> {
    const result = (await kernel(...args)) as WebgpuResult;
    checkMode(name, kernel, this.gpu);
    releaseOutput(kernel);
    // What a thread returned lies side by side, so it may be read as a flat array of single values.
    result.output = [result.output.reduce((a, b) => a * b, result.componentCount)];
    result.componentCount = 1;
    return result;
  }

  /** Gives values up once the calls that use them have been submitted, or have failed. */
  #releaseAfter(
    program: CompiledProgram,
    calls: readonly SharedValues<Pending>[],
    used: readonly SharedValues<Pending>[],
  ): void {
    const done = Promise.allSettled([program.lastCall, ...calls.map(({ memory }) => memory)]);
    program.lastCall = done;
    void done.then(() => used.forEach((values) => this.release(values)));
  }

  #own(bytes: number, result: Pending): SharedValues<Pending> {
    // A failure is reported by whoever reads the values; values that nobody reads may fail unseen.
    result.catch(() => {});
    return this.own(result, bytes);
  }
}
