import { checkSameDevice } from "../../checks/check-device.ts";
import { broadcastShapes } from "../../checks/check-shape.ts";
import { checkTensor } from "../../checks/check-tensor.ts";
import { type Shape } from "../../tensor/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";

/**
 * The shape to which tensors, given by their names, are broadcast.
 *
 * @throws ValueError, DeviceError or ShapeError naming `op` if one is no tensor, lives elsewhere, or does not broadcast.
 */
export function broadcastOperands(op: string, operands: Readonly<Record<string, Tensor>>): Shape {
  for (const [name, operand] of Object.entries(operands)) checkTensor(op, operand, name);
  const tensors = Object.values(operands);
  checkSameDevice(op, tensors);
  return tensors.map(({ shape }) => shape).reduce((a, b) => broadcastShapes(op, a, b));
}
