import { type DType, type Shape, Storage, Tensor, withDevice } from "@tapegrad/tensor";
import { Float64Device } from "@tapegrad/tensor/devices/float64";
import { checkTensors } from "@tapegrad/tensor/internal";

/** A function of tensors, as gradient checks take it: synchronous, and pure: the same for the same inputs. */
export type TensorFunction = (...inputs: Tensor[]) => Tensor | readonly Tensor[];

/** Values of an input on the host. */
export interface HostInput {
  readonly values: ArrayLike<number>;
  readonly shape: Shape;
  readonly dtype: DType;
}

const float64 = new Float64Device();

/**
 * The derivative of `Σ weights · fn(inputs)` along `direction` in input `which`: the central difference
 * `(f(x + step · direction) − f(x − step · direction)) / 2 step`, in double precision.
 */
export function directionalDerivative(
  fn: TensorFunction,
  inputs: readonly HostInput[],
  which: number,
  direction: ArrayLike<number>,
  weights: readonly ArrayLike<number>[],
  step: number,
): number {
  const input = inputs[which]!;
  const at = (distance: number): number => {
    const values = Float64Array.from(input.values, (value, i) => value + distance * direction[i]!);
    return weightedSum(fn, inputs.with(which, { ...input, values }), weights);
  };
  return (at(step) - at(-step)) / (2 * step);
}

function weightedSum(fn: TensorFunction, inputs: readonly HostInput[], weights: readonly ArrayLike<number>[]): number {
  return withDevice(float64, () => {
    const outputs = listOutputs(fn(...inputs.map(toDouble)));
    let sum = 0;
    for (const [i, output] of outputs.entries())
      if (output.dtype === "float32") sum += dot(output.dataSync(), weights[i]!);
    return sum;
  });
}

function toDouble({ values, shape, dtype }: HostInput): Tensor {
  const storage = new Storage(float64, float64.from(values, dtype));
  return new Tensor(storage, shape, dtype, dtype === "float32");
}

/** The outputs of a function as a list. */
export function listOutputs(outputs: Tensor | readonly Tensor[]): readonly Tensor[] {
  if (outputs instanceof Tensor) return [outputs];
  checkTensors("checkGradients", outputs, "what fn returns");
  return outputs;
}

export function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}
