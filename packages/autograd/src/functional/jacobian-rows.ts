import { enableGrad, type MaybeTensor, noGrad, tensor, type Tensor, zeros } from "@tapegrad/tensor";
import { reshape } from "@tapegrad/tensor/ops/reshape";
import { stack } from "@tapegrad/tensor/ops/stack";
import { fillWithZeros, partialGradients, refuseIndependence } from "./partial-gradients.ts";

/**
 * The Jacobians of each output with respect to each input, `[...output.shape, ...input.shape]`: a backward pass for each
 * element of the outputs makes a row.
 */
export function jacobianRows(
  caller: string,
  outputs: readonly Tensor[],
  inputs: readonly Tensor[],
  { createGraph, strict }: { readonly createGraph: boolean; readonly strict: boolean },
): Tensor[][] {
  return outputs.map((output, which) => {
    const rows: Tensor[][] = inputs.map(() => []);
    for (let element = 0; element < output.size; element++) {
      const gradients = row(output, element, inputs, createGraph);
      if (strict) {
        refuseIndependence(
          caller,
          gradients,
          createGraph,
          (i) => `output ${which} of the function is independent of input ${i}`,
        );
      }
      for (const [i, gradient] of fillWithZeros(gradients, inputs).entries()) rows[i]!.push(gradient);
    }
    return inputs.map((input, i) => {
      const shape = [...output.shape, ...input.shape];
      if (output.size === 0) return zeros(shape, { device: input.device });
      return (createGraph ? enableGrad : noGrad)(() => reshape(stack(rows[i]!), shape));
    });
  });
}

/** The gradients of one element. The graph stays for the next. */
function row(output: Tensor, element: number, inputs: readonly Tensor[], createGraph: boolean): MaybeTensor[] {
  const values = new Float32Array(output.size);
  values[element] = 1;
  const unit = tensor(values, { shape: output.shape, device: output.device });
  return partialGradients([output], inputs, [unit], { createGraph, retainGraph: true });
}
