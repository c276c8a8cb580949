import { sizeOf } from "../../tensor/shape.ts";
import type { Launch } from "../device.ts";
import { type Binding, bindingOf, programOf } from "./check-program.ts";
import { createKernel, destroyKernel, type GpuInstance, type GpujsKernel, type KernelSettings } from "./gpujs.ts";
import { integerLocal } from "./integer-local.ts";
import { ProgramKeys } from "./program-keys.ts";
import { type GpuStep, gridOf, stepLength, stepOf } from "./program.ts";

/** Compiled programs that are kept: enough for a large model, and bounded when shapes keep changing. */
const MAX_PROGRAMS = 512;
/** Bytes that compiled programs may hold: webasm kernels that are too large for the shared memory have their own. */
const MAX_BYTES = 512 * 2 ** 20;

/** A step of a program, compiled by gpu.js for one set of shapes. */
export interface CompiledStep {
  readonly kernel: GpujsKernel;
  /** What puts the lanes of a result that stays on the device into rows; null where there are none. */
  readonly unpack: GpujsKernel | null;
  readonly bindings: readonly Binding[];
  readonly step: GpuStep;
  /** Number of elements that it makes. */
  readonly size: number;
}

/** A kernel's program, compiled for one set of shapes. */
export interface CompiledProgram {
  readonly steps: readonly CompiledStep[];
  /** Which step makes each output. */
  readonly outputs: readonly number[];
  /** Memory that it holds between calls. */
  readonly bytes: number;
  /** Settles when no call is under way; the device that calls asynchronously sets it. */
  lastCall: Promise<unknown> | null;
}

/**
 * Compiled programs, by kernel, shapes, dtypes and the parameters that sources depend on: gpu.js answers silently with
 * wrong values when a kernel is called with other shapes than it was compiled for. The one used longest ago is
 * destroyed when there are too many.
 */
export class KernelCache {
  readonly #gpu: GpuInstance;
  readonly #settings: KernelSettings;
  readonly #programs = new Map<string, CompiledProgram>();
  readonly #keys = new ProgramKeys();
  #bytes = 0;

  constructor(gpu: GpuInstance, settings: KernelSettings) {
    this.#gpu = gpu;
    this.#settings = settings;
  }

  /** Number of compiled programs. */
  get size(): number {
    return this.#programs.size;
  }

  /** The compiled program of a kernel for these shapes. @throws DeviceError if its program breaks a rule. */
  get(launch: Launch): CompiledProgram {
    const key = this.#keys.of(launch);
    let program = this.#programs.get(key);
    if (program === undefined) {
      program = this.#compile(launch);
      this.#bytes += program.bytes;
    } else {
      this.#programs.delete(key);
    }
    // Maps iterate in order of insertion: what was used last comes last.
    this.#programs.set(key, program);
    this.#evict(program);
    return program;
  }

  destroy(): void {
    for (const program of this.#programs.values()) this.#destroy(program);
    this.#programs.clear();
    this.#bytes = 0;
  }

  #compile(launch: Launch): CompiledProgram {
    const program = programOf(launch);
    const { memory, resident } = this.#settings;
    const create = (step: GpuStep): GpujsKernel => createKernel(this.#gpu, step, this.#settings);
    let held = 0;
    const sizes = program.steps.map(stepLength);
    const steps = program.steps.map((step, position): CompiledStep => {
      const bindings = step.args.map(bindingOf);
      const size = sizes[position]!;
      let bytes = 4 * size;
      for (const { from, index } of bindings) {
        if (from !== "uniforms") bytes += 4 * (from === "input" ? sizeOf(launch.inputs[index]!.shape) : sizes[index]!);
      }
      if (memory !== null && !memory.fits(bytes)) held += bytes;
      const unpack = resident && step.lanes === 4 ? create(unpackStep(step)) : null;
      return { kernel: create(step), unpack, bindings, step, size };
    });
    return { steps, outputs: program.outputs, bytes: held, lastCall: null };
  }

  #destroy({ steps, lastCall }: CompiledProgram): void {
    const destroy = (): void => {
      for (const { kernel, unpack } of steps) {
        destroyKernel(this.#gpu, kernel);
        if (unpack !== null) destroyKernel(this.#gpu, unpack);
      }
    };
    if (lastCall === null) destroy();
    else void lastCall.then(destroy);
  }

  #evict(current: CompiledProgram): void {
    for (const [key, program] of this.#programs) {
      if (this.#programs.size <= MAX_PROGRAMS && this.#bytes <= MAX_BYTES) return;
      if (program === current) return;
      this.#programs.delete(key);
      this.#bytes -= program.bytes;
      this.#destroy(program);
    }
  }
}

/** The step that puts what each thread of a step with lanes returned, side by side, into rows below each other. */
function unpackStep(step: GpuStep): GpuStep {
  const [width, height, depth] = gridOf(step);
  const body = `${integerLocal("row", "this.thread.y >> 2")}
    return a[((this.thread.z * ${height} + row) * ${width} + this.thread.x) * 4 + this.thread.y - 4 * row];`;
  return stepOf([width, 4 * height, depth], { a: "step0" }, body);
}
