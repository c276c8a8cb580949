/** Where a step's argument comes from: an input, an earlier step, or the kernel's uniforms. */
export type GpuArgument = `input${number}` | `step${number}` | "uniforms";

/** Threads along x, and along y and z where there are rows and planes of them. */
export type GpuGrid = number | readonly [x: number, y: number] | readonly [x: number, y: number, z: number];

/** One gpu.js kernel of a program: one flat output. */
export interface GpuStep {
  /**
   * Source of `function(a, b, …) { … return value; }`, with literal loop bounds, computing the output element at
   * `this.thread.x`, `y`, `z`. Each parameter is a flat array; see `docs/devices.md` for the rules that sources must keep.
   */
  readonly source: string;
  /** What each parameter of `source` is bound to, in order. At most seven. */
  readonly args: readonly GpuArgument[];
  /**
   * The threads. A number is the number of elements of the output; a grid `[x, y, z]` makes them in row-major order, x
   * fastest. An index without `this.thread.x` is the same for four neighbours, which makes its load cheap on webasm.
   */
  readonly size: GpuGrid;
  /**
   * How many rows a thread makes. With 4, `source` returns `[a, b, c, d]`, and thread `(x, y, z)` makes the elements at x
   * of the rows `4y … 4y + 3` of plane z: one load then serves four sums.
   * @default 1
   */
  readonly lanes?: 1 | 4;
}

/** A kernel for the gpu device: steps run in order; later ones may read earlier ones' outputs. */
export interface GpuProgram {
  readonly steps: readonly GpuStep[];
  /** Which step makes each of the kernel's outputs. Defaults to the last one, for a kernel with one output. */
  readonly outputs?: readonly number[];
}

/** A step's threads along x, y and z. */
export function gridOf({ size }: GpuStep): [x: number, y: number, z: number] {
  return typeof size === "number" ? [size, 1, 1] : [size[0], size[1], size[2] ?? 1];
}

/** How many elements a step makes. */
export function stepLength(step: GpuStep): number {
  const [x, y, z] = gridOf(step);
  return x * y * z * (step.lanes ?? 1);
}

/** A program of a single step whose parameters are the kernel's inputs in order. */
export function singleStep(source: string, inputCount: number, size: number, uniforms = false): GpuProgram {
  const args: GpuArgument[] = Array.from({ length: inputCount }, (_, i) => `input${i}` as const);
  if (uniforms) args.push("uniforms");
  return { steps: [{ source, args, size }] };
}

/**
 * Adds a program's steps to others, with its inputs bound to `inputs`, and tells what its outputs are called there. Both
 * read the same uniforms.
 */
export function append(steps: GpuStep[], program: GpuProgram, inputs: readonly GpuArgument[]): GpuArgument[] {
  const base = steps.length;
  const rename = (argument: GpuArgument): GpuArgument => {
    if (argument === "uniforms") return argument;
    return argument.startsWith("input")
      ? inputs[Number(argument.slice(5))]!
      : `step${base + Number(argument.slice(4))}`;
  };
  for (const step of program.steps) steps.push({ ...step, args: step.args.map(rename) });
  return (program.outputs ?? [program.steps.length - 1]).map((output): GpuArgument => `step${base + output}`);
}

/** The numbers of steps, as a program's `outputs` wants them. */
export function stepNumbers(steps: readonly GpuArgument[]): number[] {
  return steps.map((step) => Number(step.slice(4)));
}
