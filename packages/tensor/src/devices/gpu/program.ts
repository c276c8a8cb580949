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

/** What the parameters of a step's source are called and bound to, in order; a name without an argument is no parameter. */
export type Bound = Readonly<Record<string, GpuArgument | undefined>>;

/** The step whose source is `function(NAMES) { BODY }`, with the names of `bound`. */
export function stepOf(size: GpuGrid, bound: Bound, body: string, lanes?: 1 | 4): GpuStep {
  const names = Object.keys(bound).filter((name) => bound[name] !== undefined);
  const source = `function(${names.join(", ")}) {\n${body}\n}`;
  return { source, args: names.map((name) => bound[name]!), size, ...(lanes && { lanes }) };
}

/** A program of a single step. */
export function singleStep(size: GpuGrid, bound: Bound, body: string, lanes?: 1 | 4): GpuProgram {
  return { steps: [stepOf(size, bound, body, lanes)] };
}

/** What all inputs are called as arguments. */
export function inputNames(inputs: readonly unknown[]): GpuArgument[] {
  return inputs.map((_, i): GpuArgument => `input${i}`);
}

/** These arguments, bound to numbered names: `x0`, `x1`, … */
export function numbered(name: string, args: readonly GpuArgument[]): Bound {
  return Object.fromEntries(args.map((argument, i) => [`${name}${i}`, argument]));
}

/** The inputs from number `next` on, of which `present` says by name whether they are there. */
export function optionalInputs<Name extends string>(
  next: number,
  present: Readonly<Record<Name, boolean>>,
): Readonly<Partial<Record<Name, GpuArgument>>> {
  const names = (Object.keys(present) as Name[]).filter((name) => present[name]);
  return Object.fromEntries(names.map((name, i) => [name, `input${next + i}`])) as Partial<Record<Name, GpuArgument>>;
}

/** The steps of a program as it is made. Each is called by what it is as an argument of later ones. */
export class ProgramSteps {
  readonly #steps: GpuStep[] = [];

  /** Adds the step that `stepOf` makes of this. */
  add(size: GpuGrid, bound: Bound, body: string, lanes?: 1 | 4): GpuArgument {
    return `step${this.#steps.push(stepOf(size, bound, body, lanes)) - 1}`;
  }

  /** Adds a program's steps, with its inputs bound to `inputs`, and tells what its outputs are called. Both read the same uniforms. */
  append(program: GpuProgram, inputs: readonly GpuArgument[]): GpuArgument[] {
    const base = this.#steps.length;
    const rename = (argument: GpuArgument): GpuArgument => {
      if (argument === "uniforms") return argument;
      return argument.startsWith("input") ? inputs[numberOf(argument)]! : `step${base + numberOf(argument)}`;
    };
    for (const step of program.steps) this.#steps.push({ ...step, args: step.args.map(rename) });
    return (program.outputs ?? [program.steps.length - 1]).map((output): GpuArgument => `step${base + output}`);
  }

  /** The program whose outputs these steps make. */
  program(...outputs: readonly GpuArgument[]): GpuProgram {
    // Of what is no step it is NaN, which `programOf` refuses.
    return { steps: this.#steps, outputs: outputs.map((output) => Number(output.replace("step", ""))) };
  }
}

/** 2 for `input2` or `step2`. */
export function numberOf(argument: GpuArgument): number {
  return Number(argument.replace(/^[a-z]+/, ""));
}
