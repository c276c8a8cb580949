import { DTypeError, DeviceError, ShapeError, Tensor, ValueError, enableGrad, sameShape } from "@tapegrad/tensor";
import { showShape, readOptions } from "@tapegrad/tensor/internal";
import { reshape } from "@tapegrad/tensor/ops/reshape";

/** One tensor, or several. */
export type Tensors = Tensor | readonly Tensor[];

/** A synchronous function of one tensor or several, as `jacobian` and its like take it. */
export type DifferentiableFunction<O extends Tensors = Tensors> = (...inputs: Tensor[]) => O;

/** An `E` for each tensor: one where there is one tensor, an array where there is an array. */
export type ForEach<T extends Tensors, E> = T extends readonly Tensor[] ? { -readonly [K in keyof T]: E } : E;

/** How derivatives of a function are computed. */
export interface DerivativeOptions {
  /**
   * Whether results are recorded, so that they can be differentiated with respect to the inputs, to `v`, and to other
   * tensors that the function uses. @default false
   */
  readonly createGraph?: boolean;
  /** Whether an output that does not depend on an input is an error; its derivative is 0 otherwise. @default false */
  readonly strict?: boolean;
}

/** The options with their defaults. @throws ValueError of an unknown option. */
export function completeOptions(caller: string, options: DerivativeOptions): Required<DerivativeOptions> {
  return readOptions(caller, options, { createGraph: [false], strict: [false] });
}

/** The tensors of an argument, and whether it was an array. */
export interface Listed {
  readonly list: readonly Tensor[];
  readonly isArray: boolean;
}

/** The tensors in a value. @throws ValueError if it is neither a tensor nor an array of at least one. */
export function listTensors(caller: string, what: string, value: unknown): Listed {
  if (value instanceof Tensor) return { list: [value], isArray: false };
  if (value instanceof Promise)
    throw new ValueError(`${caller}: ${what} are a promise; the function must be synchronous`);
  if (!Array.isArray(value)) {
    throw new ValueError(`${caller}: ${what} must be a tensor or an array of tensors, got ${typeof value}`);
  }
  if (value.length === 0) throw new ValueError(`${caller}: ${what} must be at least one tensor, got an empty array`);
  for (const [i, entry] of value.entries()) {
    if (!(entry instanceof Tensor))
      throw new ValueError(`${caller}: ${what} must be tensors, got ${typeof entry} at index ${i}`);
  }
  return { list: value as readonly Tensor[], isArray: true };
}

/** What is made of the tensors of `listed`, in the form that they came in. */
export function unlist<T extends Tensors, E>({ isArray }: Listed, values: readonly E[]): ForEach<T, E> {
  return (isArray ? values : values[0]) as ForEach<T, E>;
}

/** The inputs of a function, and the tensors that it is called with: their values, in tensors of their own. */
export interface Variables extends Listed {
  readonly fresh: readonly Tensor[];
}

/**
 * Makes the tensors that a function is called with. They differ from the inputs, so that a function which also captures
 * an input is differentiated with respect to its argument alone; with `createGraph`, gradients flow back to the inputs.
 */
export function variablesOf(caller: string, inputs: unknown, createGraph: boolean): Variables {
  const listed = listTensors(caller, "inputs", inputs);
  for (const [i, { dtype, device }] of listed.list.entries()) {
    if (dtype !== "float32") {
      throw new DTypeError(
        `${caller}: only float32 tensors have gradients, input ${i} is ${dtype}; use it inside the function instead`,
      );
    }
    if (device !== listed.list[0]!.device)
      throw new DeviceError(
        `${caller}: inputs live on different devices, ${listed.list[0]!.device.name} and ${device.name}`,
      );
  }
  return { ...listed, fresh: listed.list.map((input) => variable(input, createGraph, true)) };
}

/**
 * The vector that a product is taken with; null stands for a single 1.
 *
 * @param like what it must be shaped like: the function's inputs or outputs, which `what` says.
 * @throws ValueError, ShapeError or DTypeError if it is not.
 */
export function vectorOf(
  caller: string,
  v: unknown,
  like: Listed,
  what: "inputs" | "outputs",
  createGraph: boolean,
): readonly Tensor[] | null {
  if (v === null || v === undefined) {
    if (like.list.length === 1 && like.list[0]!.size === 1) return null;
    throw new ValueError(
      `${caller}: v may only be left out if the function's ${what} are a single tensor of one element, got ` +
        `${like.list.map(({ shape }) => showShape(shape)).join(", ")}`,
    );
  }
  const { list } = listTensors(caller, "v", v);
  if (list.length !== like.list.length) {
    throw new ValueError(
      `${caller}: v must be ${like.list.length} tensors, one for each of the function's ${what}, got ${list.length}`,
    );
  }
  for (const [i, { shape, dtype, device }] of list.entries()) {
    const expected = like.list[i]!;
    const which = like.isArray ? `entry ${i} of v` : "v";
    if (!sameShape(shape, expected.shape)) {
      throw new ShapeError(
        `${caller}: ${which} must have the shape ${showShape(expected.shape)} of the function's ${what}, got ${showShape(shape)}`,
      );
    }
    if (dtype !== "float32") throw new DTypeError(`${caller}: ${which} must be float32, got ${dtype}`);
    if (device !== expected.device)
      throw new DeviceError(
        `${caller}: ${which} lives on ${device.name}, the function's ${what} on ${expected.device.name}`,
      );
  }
  return list.map((each) => variable(each, createGraph, false));
}

/** Calls the function with recording on. @throws ValueError if it gives anything but tensors. */
export function callFunction(caller: string, fn: unknown, fresh: readonly Tensor[]): Listed {
  if (typeof fn !== "function") throw new ValueError(`${caller}: expected a function, got ${typeof fn}`);
  return listTensors(
    caller,
    "the function's outputs",
    enableGrad(() => fn(...fresh) as unknown),
  );
}

/** Calls a function whose only output must be one tensor of one element. @throws ValueError or ShapeError if it is not. */
export function callScalarFunction(caller: string, fn: unknown, fresh: readonly Tensor[]): Tensor {
  const { list, isArray } = callFunction(caller, fn, fresh);
  if (isArray) throw new ValueError(`${caller}: the function must return one tensor, got an array of ${list.length}`);
  const [output] = list as [Tensor];
  if (output.size !== 1)
    throw new ShapeError(`${caller}: the function must return a tensor of one element, got ${showShape(output.shape)}`);
  return output;
}

function variable(tensor: Tensor, createGraph: boolean, requiresGrad: boolean): Tensor {
  if (createGraph && tensor.requiresGrad) return enableGrad(() => reshape(tensor, tensor.shape));
  const detached = tensor.detach();
  detached.requiresGrad = requiresGrad;
  return detached;
}
