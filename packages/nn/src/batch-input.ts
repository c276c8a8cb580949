import { Tensor, ValueError } from "@tapegrad/tensor";

/** Batches for a model: tensors, pairs that begin with the inputs, or objects with `inputs`, as a `DataLoader` gives. */
export type Batches = Iterable<BatchLike> | AsyncIterable<BatchLike>;

/** A batch, whose inputs are found. */
export type BatchLike = Tensor | readonly [inputs: Tensor, ...rest: unknown[]] | { readonly inputs: Tensor };

/** The inputs of a batch. @throws ValueError if it has none. */
export function inputsOf(name: string, batch: BatchLike): Tensor {
  if (batch instanceof Tensor) return batch;
  const inputs: unknown = "inputs" in batch ? batch.inputs : batch[0];
  if (inputs instanceof Tensor) return inputs;
  throw new ValueError(`${name}: expected batches that are tensors, begin with one, or have one as inputs`);
}
