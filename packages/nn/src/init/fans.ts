import { type Shape, ShapeError, sizeOf } from "@tapegrad/tensor";
import { showShape } from "@tapegrad/tensor/internal";

/**
 * How many inputs feed one output of a layer with this weight, and how many outputs one input feeds.
 *
 * `[out, in, …kernel]`: fan in is `in · kernel`, fan out is `out · kernel`; the groups of a convolution are not
 * undone, as in torch.
 *
 * @throws ShapeError if the weight has fewer than two axes.
 */
export function fans(initialiser: string, shape: Shape): { readonly fanIn: number; readonly fanOut: number } {
  if (shape.length < 2)
    throw new ShapeError(`${initialiser}: a fan takes a weight of at least two axes, got shape ${showShape(shape)}`);
  const [outputs, inputs, ...kernel] = shape as readonly [number, number, ...number[]];
  return { fanIn: inputs * sizeOf(kernel), fanOut: outputs * sizeOf(kernel) };
}
