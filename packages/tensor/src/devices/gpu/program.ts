/** Where a step's argument comes from: an input, an earlier step, or the kernel's uniforms. */
export type GpuArgument = `input${number}` | `step${number}` | "uniforms";

/** One gpu.js kernel of a program: one flat output. */
export interface GpuStep {
  /**
   * Source of `function(a, b, …) { … return value; }`, with literal loop bounds, computing the output element
   * `this.thread.x`. Each parameter is a flat array; see `docs/devices.md` for the rules that sources must keep.
   */
  readonly source: string;
  /** What each parameter of `source` is bound to, in order. */
  readonly args: readonly GpuArgument[];
  /** Number of elements of the output. */
  readonly size: number;
}

/** A kernel for the gpu device: steps run in order; later ones may read earlier ones' outputs. */
export interface GpuProgram {
  readonly steps: readonly GpuStep[];
  /** Which step makes each of the kernel's outputs. Defaults to the last one, for a kernel with one output. */
  readonly outputs?: readonly number[];
}

/** A program of a single step whose parameters are the kernel's inputs in order. */
export function singleStep(source: string, inputCount: number, size: number, uniforms = false): GpuProgram {
  const args: GpuArgument[] = Array.from({ length: inputCount }, (_, i) => `input${i}` as const);
  if (uniforms) args.push("uniforms");
  return { steps: [{ source, args, size }] };
}
