import type { Module } from "@tapegrad/nn";
import type { Tensor } from "@tapegrad/tensor";
import type { Tolerance } from "./compare.ts";
import type { Draw } from "./draw.ts";

/**
 * A tensor that a case draws. `index` is int32 here and int64 in PyTorch, which takes no other positions; `bool`, which holds
 * int32 numbers, is float32 here.
 */
export interface Drawn {
  readonly shape: readonly number[];
  readonly kind: "float32" | "int32" | "index" | "bool";
  readonly data: Float32Array | Int32Array;
  readonly requiresGrad: boolean;
  /** What the op sees of it. */
  readonly view: { readonly permute: readonly number[] } | { readonly flip: number } | null;
}

/** A function or a layer, called with tensors, and differentiated once or twice. */
export interface CallCase {
  readonly type: "call";
  readonly inputs: readonly Drawn[];
  /** The call in Python: `x` are the inputs, `m` is the layer. */
  readonly torch: string;
  readonly run: (x: readonly Tensor[], module: Module) => Outcome;
  readonly layer?: LayerSpec;
  /** How many times it is differentiated. @default 2 */
  readonly orders?: 0 | 1 | 2;
  /** How far values may lie apart, if it matters that they are not drawn to be added up to about 1. */
  readonly tolerance?: Tolerance;
  /** Whether PyTorch's float32 decides alone, because positions are rounded to float32 there. @default false */
  readonly float32Decides?: boolean;
}

type Outcome = Tensor | readonly Tensor[] | number;

/** A layer is made on both sides, given the same state, and called as often as there are `calls`. */
export interface LayerSpec {
  readonly make: () => Module;
  /** The constructor in Python. */
  readonly torch: string;
  /** What its state is set to, in place of what the constructor draws. */
  readonly state: Readonly<Record<string, Drawn>>;
  readonly frozen: readonly string[];
  /** In which mode, and with which of the inputs. Gradients are those of the last. */
  readonly calls: readonly { readonly train: boolean; readonly inputs: readonly number[] }[];
}

/** An optimizer that makes steps with given gradients. */
export interface OptimizerCase {
  readonly type: "optimizer";
  readonly parameters: readonly Drawn[];
  /** In Python: `p` are the parameters. */
  readonly torch: string;
  readonly make: (parameters: readonly Tensor[]) => SteppedOptimizer;
  /** A gradient for each parameter, or null, for every step; LBFGS takes those of a function instead. */
  readonly gradients: readonly (readonly (Drawn | null)[])[];
  /** The step before which a new optimizer takes the state over; null for none. PyTorch's is not interrupted. */
  readonly resume: number | null;
  /** The function that LBFGS minimises. */
  readonly closure: "quadratic" | "rosenbrock" | null;
  readonly tolerance?: Tolerance;
}

/** What all optimizers share, as far as a case needs it. */
export interface SteppedOptimizer {
  readonly paramGroups: { lr: number; momentum?: number; betas?: readonly [number, number] }[];
  // Only LBFGS takes a closure, and states hold what each optimizer needs.
  // oxlint-disable-next-line typescript/no-explicit-any
  step(closure?: any): unknown;
  // oxlint-disable-next-line typescript/no-explicit-any
  stateDict(): any;
  // oxlint-disable-next-line typescript/no-explicit-any
  loadStateDict(state: any): void;
}

/** A schedule, or a composition of schedules, run for some epochs. */
export interface ScheduleCase {
  readonly type: "schedule";
  readonly optimizer: "SGD" | "Adam";
  readonly groups: readonly { readonly lr: number; readonly momentum?: number; readonly betas?: [number, number] }[];
  /** In Python: `o` is the optimizer. */
  readonly torch: string;
  readonly make: (optimizer: SteppedOptimizer) => SteppedSchedule;
  readonly epochs: number;
  /** For `ReduceLROnPlateau`, one metric for each epoch. */
  readonly metrics: readonly number[] | null;
  readonly resume: number | null;
  readonly tolerance: Tolerance;
}

/** What all schedules share, as far as a case needs it. */
export interface SteppedSchedule {
  step(metric?: number): void;
  // oxlint-disable-next-line typescript/no-explicit-any
  stateDict(): any;
  // oxlint-disable-next-line typescript/no-explicit-any
  loadStateDict(state: any): void;
}

export type Case = CallCase | OptimizerCase | ScheduleCase;

/** Something that is exported, and how its cases are drawn. */
export interface Target {
  /** `conv2d`, `nn.Conv2d`, `functional.interpolate`, `optim.Adam`. */
  readonly name: string;
  /** The exported function or class itself. */
  readonly subject: unknown;
  /** How many cases it gets, beside others. @default 1 */
  readonly weight?: number;
  readonly draw: (draw: Draw) => Case;
}

/** A target of functions and layers. */
export function calls(
  name: string,
  subject: unknown,
  draw: (draw: Draw) => Omit<CallCase, "type">,
  weight = 1,
): Target {
  return { name, subject, weight, draw: (source) => ({ type: "call", ...draw(source) }) };
}

/** A target of a layer that is called with all inputs, in train mode, once, unless the case says otherwise. */
export function layers(
  name: string,
  subject: unknown,
  draw: (
    draw: Draw,
  ) => Pick<LayerSpec, "make" | "torch"> &
    Partial<LayerSpec> & { readonly inputs: readonly Drawn[] } & Partial<
      Pick<CallCase, "orders" | "tolerance" | "float32Decides">
    >,
  weight = 1,
): Target {
  return calls(
    name,
    subject,
    (source) => {
      const { make, torch, state = {}, frozen = [], calls: wanted, inputs, ...rest } = draw(source);
      const all = [{ train: true, inputs: inputs.map((_, i) => i) }];
      return {
        inputs,
        torch: "m(*x)",
        run: (x, module) => (module as Module & { forward(...x: readonly Tensor[]): Tensor }).forward(...x),
        layer: { make, torch, state, frozen, calls: wanted ?? all },
        ...rest,
      };
    },
    weight,
  );
}

/** One call of a function and of the layer that stands for it. */
export interface TwoForms extends Pick<CallCase, "inputs" | "orders" | "tolerance"> {
  /** What PyTorch's function takes besides the inputs, and PyTorch's constructor takes: `, kernel_size=2`. */
  readonly options: string;
  /** What the constructor takes, if that is something else. */
  readonly layerOptions?: string;
  readonly run: (x: readonly Tensor[]) => Outcome;
  readonly make: () => Module;
}

/** Targets of a function `functional.NAME` and of its layer, from one description. */
export function bothForms(
  op: unknown,
  torch: string,
  Layer: { readonly name: string },
  draw: (draw: Draw) => TwoForms,
): readonly Target[] {
  const inOrder = (inputs: readonly Drawn[]): string => inputs.map((_, i) => `x[${i}]`).join(", ");
  return [
    calls(`functional.${torch}`, op, (source) => {
      const { options, layerOptions: _, make: __, ...rest } = draw(source);
      return { torch: `F.${torch}(${inOrder(rest.inputs)}${options})`, ...rest };
    }),
    layers(`nn.${Layer.name}`, Layer, (source) => {
      const { options, layerOptions = options, run: _, ...rest } = draw(source);
      return { torch: `nn.${Layer.name}(${layerOptions.replace(/^, /, "")})`, ...rest };
    }),
  ];
}
