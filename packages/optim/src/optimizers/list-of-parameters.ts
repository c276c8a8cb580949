import { Tensor, ValueError } from "@tapegrad/tensor";
import { checkTensors, showValue } from "@tapegrad/tensor/internal";

/** One tensor or many, as a list. @throws ValueError naming `op` unless all are tensors. */
export function tensorsOf(op: string, parameters: Tensor | Iterable<Tensor>): readonly Tensor[] {
  if (parameters instanceof Tensor) return [parameters];
  const list = listOfParameters(op, parameters);
  checkTensors(op, list, "parameters");
  return list;
}

/** What an iterable of parameters holds. @throws ValueError of anything else, such as the model itself, with the cure. */
export function listOfParameters<T>(op: string, parameters: Iterable<T>): readonly T[] {
  const given: unknown = parameters;
  if (typeof given === "function")
    throw new ValueError(`${op}: expected parameters, got ${showValue(given)}; call it: model.parameters()`);
  if (isModel(given))
    throw new ValueError(`${op}: expected parameters, got a model, ${showValue(given)}; give model.parameters()`);
  if (typeof given !== "object" || given instanceof Tensor || typeof parameters?.[Symbol.iterator] !== "function") {
    throw new ValueError(`${op}: expected parameters in an iterable, such as an array, got ${showValue(given)}`);
  }
  const list = [...parameters];
  const [first] = list as readonly unknown[];
  if (Array.isArray(first) && typeof first[0] === "string")
    throw new ValueError(`${op}: expected parameters, got pairs of name and tensor; give model.parameters()`);
  if (isModel(first))
    throw new ValueError(
      `${op}: expected parameters, got models, such as ${showValue(first)}; give their parameters()`,
    );
  return list;
}

function isModel(value: unknown): boolean {
  return typeof value === "object" && value !== null && "parameters" in value && typeof value.parameters === "function";
}
