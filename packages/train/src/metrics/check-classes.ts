import { DTypeError, ShapeError, type Tensor } from "@tapegrad/tensor";
import { checkFloat, checkTensor, showShape } from "@tapegrad/tensor/internal";

/**
 * Checks scores of classes, `[n, classes, …]`, and the classes that are right, int32 `[n, …]`.
 *
 * @throws ShapeError or DTypeError naming the metric.
 */
export function checkClasses(metric: string, outputs: Tensor, targets: Tensor): void {
  checkFloat(metric, outputs, "outputs");
  checkTensor(metric, targets, "targets");
  if (targets.dtype !== "int32") throw new DTypeError(`${metric}: targets must be int32 classes, got ${targets.dtype}`);
  const [n, , ...rest] = outputs.shape;
  const expected = [n, ...rest];
  if (outputs.rank < 2 || targets.rank !== expected.length || targets.shape.some((extent, i) => extent !== expected[i]))
    throw new ShapeError(
      `${metric}: expected outputs [n, classes, …] and targets [n, …], got ${showShape(outputs.shape)} and ${showShape(targets.shape)}`,
    );
}
