import { Tensor, ValueError } from "@tapegrad/tensor";
import { showValue } from "@tapegrad/tensor/internal";

/** Batches for a model: tensors, pairs that begin with the inputs, or objects with `inputs`, as a `DataLoader` gives. */
export type Batches = Iterable<BatchLike> | AsyncIterable<BatchLike>;

/** A batch, whose inputs are found. */
export type BatchLike = Tensor | readonly [inputs: Tensor, ...rest: unknown[]] | { readonly inputs: Tensor };

/** @throws ValueError naming `name` unless batches come out of it. */
export function checkBatches(name: string, loader: unknown): void {
  const { [Symbol.asyncIterator]: later, [Symbol.iterator]: now } = Object(loader) as Record<symbol, unknown>;
  if (typeof loader !== "string" && (typeof later === "function" || typeof now === "function")) return;
  throw new ValueError(`${name}: expected batches to loop over, such as a DataLoader, got ${showValue(loader)}`);
}

/** The inputs of a batch. @throws ValueError if it has none. */
export function inputsOf(name: string, batch: BatchLike): Tensor {
  if (batch instanceof Tensor) return batch;
  const { inputs = (batch as readonly unknown[])?.[0] } = Object(batch) as { readonly inputs?: unknown };
  if (inputs instanceof Tensor) return inputs;
  throw new ValueError(`${name}: expected batches that are tensors, begin with one, or have one as inputs`);
}
