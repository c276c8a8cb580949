import { Tensor, ValueError, checkTensors, showValue } from "@tapegrad/tensor";

/** One tensor or many, as a list. @throws ValueError naming `op` unless all are tensors. */
export function tensorsOf(op: string, parameters: Tensor | Iterable<Tensor>): readonly Tensor[] {
  if (parameters instanceof Tensor) return [parameters];
  if (typeof parameters !== "object" || typeof parameters?.[Symbol.iterator] !== "function")
    throw new ValueError(`${op}: expected parameters in an iterable, such as an array, got ${showValue(parameters)}`);
  const list = [...parameters];
  checkTensors(op, list, "parameters");
  return list;
}
