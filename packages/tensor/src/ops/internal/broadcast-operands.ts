import { broadcastShapes, checkOperands } from "../../checks/index.ts";
import type { Shape, Tensor } from "../../core.ts";

/**
 * The shape to which tensors, given by their names, are broadcast.
 *
 * @throws ValueError, DeviceError or ShapeError naming `op` if one is no tensor, lives elsewhere, or does not broadcast.
 */
export function broadcastOperands(op: string, operands: Readonly<Record<string, Tensor>>): Shape {
  checkOperands(op, operands);
  const shapes = Object.values(operands).map(({ shape }) => shape);
  return shapes.reduce((a, b) => broadcastShapes(op, a, b));
}
