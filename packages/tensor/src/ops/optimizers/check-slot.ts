import { checkTensor } from "../../checks/index.ts";
import { DTypeError, ShapeError } from "../../errors.ts";
import { sameShape, showShape } from "../../tensor/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";

/** Checks that a parameter's gradient and state are there and match it. */
export function checkSlot(op: string, parameter: Tensor, parts: Readonly<Record<string, Tensor | null>>): void {
  checkTensor(op, parameter, "parameter");
  if (parameter.dtype !== "float32") throw new DTypeError(`${op}: parameters must be float32, got ${parameter.dtype}`);
  for (const name in parts) {
    const part = parts[name]!;
    if (part === null) throw new ShapeError(`${op}: these options need ${name}, got null`);
    checkTensor(op, part, name);
    if (part.dtype !== "float32") throw new DTypeError(`${op}: ${name} must be float32, got ${part.dtype}`);
    if (!sameShape(part.shape, parameter.shape)) {
      throw new ShapeError(
        `${op}: ${name} has shape ${showShape(part.shape)}, its parameter ${showShape(parameter.shape)}`,
      );
    }
  }
}
