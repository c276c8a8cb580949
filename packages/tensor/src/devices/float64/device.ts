import type { DType } from "../../tensor/dtype.ts";
import type { Device, Handle, HostValues, Launch, MemoryStats, Operand, OutputSpec } from "../device.ts";
import { type Binding, bindingOf, programOf } from "../gpu/check-program.ts";
import { gpuHalfOf } from "../gpu/half-of.ts";
import { ProgramKeys } from "../gpu/program-keys.ts";
import { type GpuStep, gridOf, stepLength } from "../gpu/program.ts";
import type { Kernel } from "../kernel.ts";

/** A step as a function that fills `out`. */
type RunStep = (args: readonly Float64Array[], out: Float64Array, grid: readonly [number, number, number]) => void;

/** A kernel's program for one set of shapes, checked and compiled. */
interface Float64Program {
  readonly steps: readonly { readonly run: RunStep; readonly bindings: readonly Binding[]; readonly step: GpuStep }[];
  /** Which step makes each output. */
  readonly outputs: readonly number[];
}

/** Double-precision values, also those of int32 tensors. The array is never written to, so handles may share it. */
export class Float64Handle implements Handle {
  readonly dtype: DType;
  readonly size: number;
  values: Float64Array;

  constructor(dtype: DType, values: Float64Array) {
    this.dtype = dtype;
    this.size = values.length;
    this.values = values;
  }
}

/**
 * Computes in double precision, slowly: the oracle of gradient checks.
 *
 * It runs the same programs as the gpu device, as plain JavaScript over float64 arrays, so every op has a reference
 * without a line of its own. Tensors on it keep their dtypes; reading one gives a `Float64Array`. Use it through
 * `withDevice`, and make inputs with `from`, which does not round.
 */
export class Float64Device implements Device {
  readonly name = "float64";
  readonly synchronous = true;
  readonly #keys = new ProgramKeys();
  readonly #programs = new Map<string, Float64Program>();

  /** Uploads values as they are, without rounding them to float32. */
  from(values: ArrayLike<number>, dtype: DType = "float32"): Float64Handle {
    return new Float64Handle(dtype, Float64Array.from(values));
  }

  upload(values: HostValues): Float64Handle {
    return this.from(values, values instanceof Int32Array ? "int32" : "float32");
  }

  copy(handle: Float64Handle): Float64Handle {
    return new Float64Handle(handle.dtype, handle.values);
  }

  /** Runs a kernel's gpu source in double precision. @throws DeviceError if the kernel has none. */
  run<P>(kernel: Kernel<P>, inputs: readonly Operand[], outputs: readonly OutputSpec[], params: P): Float64Handle[] {
    const half = gpuHalfOf(kernel);
    if (half.host !== undefined) return half.host(outputs, params).map((values) => this.upload(values));
    const program = this.#program({ kernel, inputs, outputs, params });
    const uniforms = Float64Array.from(half.uniforms?.(params) ?? []);
    const made: Float64Array[] = [];
    for (const { run, bindings, step } of program.steps) {
      const args = bindings.map(({ from, index }) =>
        from === "input" ? (inputs[index]!.handle as Float64Handle).values : from === "step" ? made[index]! : uniforms,
      );
      const out = new Float64Array(stepLength(step));
      run(args, out, gridOf(step));
      made.push(out);
    }
    return outputs.map(({ dtype, inPlaceOf }, i) => {
      const values = made[program.outputs[i]!]!;
      if (inPlaceOf === undefined) return new Float64Handle(dtype, values);
      const handle = inputs[inPlaceOf]!.handle as Float64Handle;
      handle.values = values;
      return handle;
    });
  }

  read(handle: Float64Handle): Float64Array {
    return handle.values.slice();
  }

  async download(handle: Float64Handle): Promise<Float64Array> {
    return this.read(handle);
  }

  free(handle: Float64Handle): void {
    handle.values = new Float64Array(0);
  }

  /** Always zero: values live on the JavaScript heap and are not counted. */
  memoryStats(): MemoryStats {
    return { buffers: 0, bytes: 0, reservedBytes: 0 };
  }

  destroy(): void {
    this.#programs.clear();
  }

  #program(launch: Launch): Float64Program {
    const key = this.#keys.of(launch);
    let made = this.#programs.get(key);
    if (made === undefined) {
      const program = programOf(launch);
      const steps = program.steps.map((step) => ({ run: compile(step), bindings: step.args.map(bindingOf), step }));
      made = { steps, outputs: program.outputs };
      if (this.#programs.size >= MAX_COMPILED) this.#programs.clear();
      this.#programs.set(key, made);
    }
    return made;
  }
}

function compile({ source, lanes = 1 }: GpuStep): RunStep {
  const store =
    lanes === 1
      ? "out[row * width + x] = value;"
      : `for (let i = 0; i < ${lanes}; i++) out[(row * ${lanes} + i) * width + x] = value[i];`;
  return new Function(
    "args",
    "out",
    "grid",
    `const fn = ${source};
    const thread = { x: 0, y: 0, z: 0 };
    const self = { thread };
    const [width, height, depth] = grid;
    for (let z = 0, row = 0; z < depth; z++) {
      thread.z = z;
      for (let y = 0; y < height; y++, row++) {
        thread.y = y;
        for (let x = 0; x < width; x++) {
          thread.x = x;
          const value = fn.apply(self, args);
          ${store}
        }
      }
    }`,
  ) as RunStep;
}

/** Programs that are kept. */
const MAX_COMPILED = 256;
