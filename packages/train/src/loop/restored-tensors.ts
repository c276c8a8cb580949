import { copyOf } from "@tapegrad/nn/internal";
import { fromHost, keep, type StoredTensor, Tensor } from "@tapegrad/tensor";

/** Copies of tensors by name, which may still be in a file; they outlive every scope. */
export async function restoredTensors(
  tensors: ReadonlyMap<string, Tensor> | Readonly<Record<string, Tensor | StoredTensor>>,
): Promise<Map<string, Tensor>> {
  const restored = new Map<string, Tensor>();
  const entries: Iterable<[string, Tensor | StoredTensor]> =
    tensors instanceof Map ? tensors : Object.entries(tensors as Record<string, Tensor | StoredTensor>);
  for (const [name, each] of entries) {
    restored.set(name, each instanceof Tensor ? copyOf(each) : keep(fromHost(await each.toHost(), each.shape)));
  }
  return restored;
}
