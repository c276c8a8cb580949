import { DTypeError, ValueError } from "../errors.ts";
import { Tensor } from "../tensor/tensor.ts";
import { showValue } from "./show-value.ts";

/** @throws ValueError naming `op` and the argument unless it is a tensor. */
export function checkTensor(op: string, value: unknown, name: string = "x"): asserts value is Tensor {
  if (value instanceof Tensor) return;
  throw new ValueError(`${op}: ${name} must be a tensor, got ${showNonTensor(value)}${hintFor(value)}`);
}

/** As `showValue`, for what had to be a tensor of this copy of the package: says of a tensor that it is none. */
export function showNonTensor(value: unknown): string {
  const shown = showValue(value);
  const foreign = shown.startsWith("a tensor ") && !(value instanceof Tensor);
  return foreign ? `${shown} of another copy of @tapegrad/tensor; install it once` : shown;
}

/** How to come by a tensor from what is none. */
function hintFor(value: unknown): string {
  return Array.isArray(value) || ArrayBuffer.isView(value) ? "; tensor(values) makes one of numbers" : "";
}

/** @throws ValueError naming `op` and the argument unless it is a tensor, null or left out. */
export function checkOptionalTensor(op: string, name: string, value: unknown): void {
  if (value !== null && value !== undefined) checkTensor(op, value, name);
}

/** @throws ValueError naming `op` unless there is a list, and all in it are tensors. */
export function checkTensors(op: string, values: unknown, name: string = "tensors"): void {
  if (!Array.isArray(values))
    throw new ValueError(`${op}: ${name} must be a list of tensors, got ${showValue(values)}`);
  for (let i = 0; i < values.length; i++)
    if (!(values[i] instanceof Tensor)) checkTensor(op, values[i], `${name}[${i}]`);
}

/**
 * @throws ValueError naming `op` and the argument unless it is a tensor. @throws DTypeError unless it is float32.
 */
export function checkFloat(op: string, value: unknown, name: string = "x"): asserts value is Tensor {
  checkTensor(op, value, name);
  if (value.dtype !== "float32") {
    throw new DTypeError(`${op}: expected a float32 ${name}, got ${value.dtype}; convert it with cast(x, "float32")`);
  }
}
