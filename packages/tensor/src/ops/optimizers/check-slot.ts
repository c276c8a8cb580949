import { checkFloat, checkShapeOf } from "../../checks/index.ts";
import { ShapeError, type Tensor } from "../../core.ts";

/** Checks that a parameter's gradient and state are there and match it. */
export function checkSlot(op: string, parameter: Tensor, parts: Readonly<Record<string, Tensor | null>>): void {
  checkFloat(op, parameter, "parameter");
  for (const name in parts) {
    const part = parts[name]!;
    if (part === null) throw new ShapeError(`${op}: these options need ${name}, got null`);
    checkFloat(op, part, name);
    checkShapeOf(op, name, part.shape, parameter.shape);
  }
}
