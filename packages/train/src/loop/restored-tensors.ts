import { fromHost, keep, noGrad, type StoredTensor, Tensor } from "@tapegrad/tensor";
import { clone } from "@tapegrad/tensor/ops/clone";

/** Copies of tensors by name, which may still be in a file; they outlive every scope. */
export async function restoredTensors(
  tensors: ReadonlyMap<string, Tensor> | Readonly<Record<string, Tensor | StoredTensor>>,
): Promise<Map<string, Tensor>> {
  const restored = new Map<string, Tensor>();
  const entries: Iterable<[string, Tensor | StoredTensor]> =
    tensors instanceof Map ? tensors : Object.entries(tensors as Record<string, Tensor | StoredTensor>);
  for (const [name, each] of entries) {
    const copy = each instanceof Tensor ? noGrad(() => clone(each)) : fromHost(await each.toHost(), each.shape);
    restored.set(name, keep(copy));
  }
  return restored;
}
