import { broadcastShapes, checkSameDevice, checkTensors } from "../../checks/index.ts";
import type { Shape, Tensor } from "../../core.ts";
import { broadcastTo } from "../basic.ts";

/** Tensors broadcast to their common shape. Dense copies. @throws ShapeError if the shapes do not broadcast. */
export function broadcastTensors(tensors: readonly Tensor[]): Tensor[] {
  checkTensors("broadcastTensors", tensors);
  checkSameDevice("broadcastTensors", tensors);
  const shape = tensors.reduce<Shape>((common, each) => broadcastShapes("broadcastTensors", common, each.shape), []);
  return tensors.map((each) => broadcastTo(each, shape));
}
