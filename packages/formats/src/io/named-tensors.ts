import { Tensor, ValueError } from "@tapegrad/tensor";
import { isPlainObject, showValue, showNonTensor } from "@tapegrad/tensor/internal";
import { FileTensor } from "./file-tensor.ts";

/** Tensors under their names. */
export type NamedTensors = ReadonlyMap<string, Tensor | FileTensor> | Readonly<Record<string, Tensor | FileTensor>>;

/** @throws ValueError naming `op` unless it is a map or a plain object, and all in it are tensors. */
export function entriesOfTensors(op: string, named: NamedTensors): [string, Tensor | FileTensor][] {
  const isMap = named instanceof Map;
  if (!isMap && !isPlainObject(named))
    throw new ValueError(
      `${op}: expected tensors under their names, in a Map or a plain object, got ${showValue(named)}`,
    );
  const entries: [string, Tensor | FileTensor][] = isMap
    ? [...(named as ReadonlyMap<string, Tensor | FileTensor>)]
    : Object.entries(named);
  for (const [name, tensor] of entries) {
    if (typeof name !== "string") throw new ValueError(`${op}: a name must be a string, got ${showValue(name)}`);
    checkSavable(op, tensor, JSON.stringify(name));
  }
  return entries;
}

/** @throws ValueError naming `op` and the tensor unless it is one, on a device or in a file. */
export function checkSavable(op: string, tensor: unknown, name: string): void {
  if (tensor instanceof Tensor || tensor instanceof FileTensor) return;
  throw new ValueError(`${op}: ${name} must be a tensor, got ${showNonTensor(tensor)}`);
}
