import type { Batch } from "@tapegrad/data";
import { checkLoader, checkModel } from "@tapegrad/inspect/internal";
import { evaluating, type Layer } from "@tapegrad/nn";
import { keep, noGrad, Tensor, ValueError } from "@tapegrad/tensor";
import { showValue } from "@tapegrad/tensor/internal";
import { cat } from "@tapegrad/tensor/ops/cat";

/**
 * The outputs of a model for all batches, one after the other along the first axis: in eval mode, without a record. Every module has
 * the mode back that it had, whatever happens.
 *
 * @param loader gives batches with `inputs`, or tensors.
 * @throws ValueError if there is no batch. @throws OverlapError as `evaluating`.
 */
export async function predict(model: Layer, loader: AsyncIterable<Pick<Batch, "inputs"> | Tensor>): Promise<Tensor> {
  checkModel("predict", model);
  checkLoader("predict", "loader", loader);
  const outputs: Tensor[] = [];
  await evaluating(model, async () => {
    for await (const batch of loader) {
      const inputs = batch instanceof Tensor ? batch : Object(batch).inputs;
      if (!(inputs instanceof Tensor))
        throw new ValueError(`predict: expected batches with inputs, or tensors, got ${showValue(batch)}`);
      outputs.push(keep(noGrad(() => model.forward(inputs))));
    }
  });
  if (outputs.length === 0) throw new ValueError("predict: the loader gave no batch");
  const all = noGrad(() => cat(outputs, 0));
  for (const each of outputs) each.dispose();
  return all;
}
