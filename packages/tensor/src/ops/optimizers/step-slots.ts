import { checkFloat, checkShapeOf } from "../../checks/index.ts";
import { launch, ShapeError, type Tensor } from "../../core.ts";
import type { Kernel } from "../../devices/kernel.ts";

/** A parameter, its gradient and its state, in the order in which a kernel reads them. Null is what should be there. */
type Slot = Readonly<Record<string, Tensor | null>> & { readonly parameter: Tensor; readonly gradient: Tensor };

/**
 * Launches an optimizer's kernel once over many parameters, which it changes in place, and their states too.
 *
 * @throws ShapeError or DTypeError naming `op` unless a parameter's gradient and state are there and match it.
 */
export function stepSlots<P>(op: string, kernel: Kernel<P>, slots: readonly Slot[], params: P): void {
  const inputs: Tensor[] = [];
  const changed: number[] = [];
  for (const slot of slots) {
    const { parameter } = slot;
    checkFloat(op, parameter, "parameter");
    for (const name in slot) {
      const part = slot[name]!;
      if (part === null) throw new ShapeError(`${op}: these options need ${name}, got null`);
      checkFloat(op, part, name);
      checkShapeOf(op, name, part.shape, parameter.shape);
      if (parameter.size === 0) continue;
      if (name !== "gradient") changed.push(inputs.length);
      inputs.push(part);
    }
  }
  if (inputs.length === 0) return;
  const outputs = changed.map((i) => ({ shape: inputs[i]!.shape, dtype: "float32", inPlaceOf: i }) as const);
  launch(kernel, inputs, outputs, params);
}
