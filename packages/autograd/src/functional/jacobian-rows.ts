import { enableGrad, noGrad, tensor, type Tensor, zeros } from "@tapegrad/tensor";
import { reshape, stack } from "@tapegrad/tensor/ops";
import type { DerivativeCall } from "./derivative-call.ts";
import { type ForEach, type Listed, type Tensors, unlist } from "./differentiable-function.ts";
import { fillWithZeros } from "./partial-gradients.ts";

/**
 * The Jacobians of each output with respect to each input, `[...output.shape, ...input.shape]`: a backward pass for each
 * element of the outputs makes a row.
 */
export function jacobianRows<O extends Tensors, I extends Tensors>(
  call: DerivativeCall,
  outputs: Listed,
): ForEach<O, ForEach<I, Tensor>> {
  const jacobians = outputs.list.map((output, which) => {
    const describe = (i: number): string => `output ${which} of the function is independent of input ${i}`;
    const rows = Array.from({ length: output.size }, (_, element) => {
      const unit = new Float32Array(output.size);
      unit[element] = 1;
      const gradOutput = tensor(unit, { shape: output.shape, device: output.device });
      // The graph stays for the next row.
      const gradients = call.gradients([output], call.fresh, [gradOutput], describe, { retainGraph: true });
      return fillWithZeros(gradients, call.fresh);
    });
    const ofOutput = call.fresh.map((input, i) => {
      const shape = [...output.shape, ...input.shape];
      if (output.size === 0) return zeros(shape, { device: input.device });
      return (call.createGraph ? enableGrad : noGrad)(() => reshape(stack(rows.map((row) => row[i]!)), shape));
    });
    return unlist<I, Tensor>(call.inputs, ofOutput);
  });
  return unlist(outputs, jacobians);
}
