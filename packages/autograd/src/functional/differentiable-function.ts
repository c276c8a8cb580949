import { Tensor, ValueError } from "@tapegrad/tensor";

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
