import { sizeOf, stridesOf, type Tensor, ValueError } from "@tapegrad/tensor";
import { checkFloat, readOptions, showValue } from "@tapegrad/tensor/internal";
import { checkFit } from "../checks/check-sizes.ts";
import { setValues } from "./initialisers.ts";

/** Makes a matrix the identity: ones on the diagonal (torch: `eye_`). @throws ShapeError if it has not two axes. */
export function identity<T extends Tensor>(matrix: T): T {
  checkFloat("identity", matrix, "matrix");
  checkFit("identity", matrix.rank === 2, "a matrix", matrix.shape);
  const columns = matrix.shape[1]!;
  const values = new Float32Array(matrix.size).map((_, i) => (Math.floor(i / columns) === i % columns ? 1 : 0));
  return setValues("identity", matrix, values);
}

/**
 * Makes a convolution `[out, in / groups, …kernel]` pass its input channels on unchanged, as many as there are
 * outputs for in each group.
 *
 * @throws ShapeError if the weight has not 3, 4 or 5 axes. @throws ValueError if `groups` does not divide the
 *   outputs.
 */
export function dirac<T extends Tensor>(weight: T, options: { readonly groups?: number } = {}): T {
  const { groups } = readOptions("dirac", options, { groups: [1] });
  checkFloat("dirac", weight, "weight");
  const [outputs, inputs, ...kernel] = weight.shape as readonly [number, number, ...number[]];
  const fit = kernel.length >= 1 && kernel.length <= 3;
  checkFit("dirac", fit, "a convolution's weight of 3, 4 or 5 axes", weight.shape);
  if (!Number.isInteger(groups) || groups < 1 || outputs % groups !== 0) {
    throw new ValueError(`dirac: groups must divide the ${outputs} output channels, got ${showValue(groups)}`);
  }
  const perGroup = outputs / groups;
  const strides = stridesOf(kernel);
  const centre = kernel.reduce((offset, extent, axis) => offset + Math.floor(extent / 2) * strides[axis]!, 0);
  const values = new Float32Array(weight.size);
  for (let output = 0; output < outputs; output++) {
    const input = output % perGroup;
    if (input < inputs) values[(output * inputs + input) * sizeOf(kernel) + centre] = 1;
  }
  return setValues("dirac", weight, values);
}
