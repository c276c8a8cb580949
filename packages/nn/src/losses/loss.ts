import { DTypeError, type Reduction, sameShape, type Shape, ShapeError, type Tensor } from "@tapegrad/tensor";
import {
  checkOperands,
  checkOptionalTensor,
  checkSameDevice,
  oneOf,
  type OptionRules,
  showShape,
} from "@tapegrad/tensor/internal";
import { mean, sum } from "@tapegrad/tensor/ops";

/** Option that all losses have. */
export interface ReductionOptions {
  /** What becomes of the losses of the elements. @default "mean" */
  readonly reduction?: Reduction;
}

/** Keeps, averages or adds up the losses of the elements. */
export function reduceLosses(losses: Tensor, reduction: Reduction): Tensor {
  if (reduction === "none") return losses;
  return reduction === "mean" ? mean(losses) : sum(losses);
}

/** The rule for the option that all losses have. */
export const reductionRule: OptionRules<ReductionOptions> = {
  reduction: ["mean", /* @__PURE__ */ oneOf("none", "mean", "sum")],
};

/** Checks that input and target of a loss have one shape and live on one device. @throws ShapeError or DeviceError naming the loss. */
export function checkSameShape(loss: string, input: Tensor, target: Tensor): void {
  checkOperands(loss, { input, target });
  if (sameShape(input.shape, target.shape)) return;
  throw new ShapeError(
    `${loss}: input has shape ${showShape(input.shape)} but target ${showShape(target.shape)}; they must be the same`,
  );
}

/** As `checkSameShape`, for losses that compute with real numbers of either. @throws DTypeError too, if both are int32. */
export function checkRealAmong(loss: string, input: Tensor, target: Tensor): void {
  checkSameShape(loss, input, target);
  if (input.dtype === "int32" && target.dtype === "int32")
    throw new DTypeError(
      `${loss}: expected a float32 input or target, got int32 only; convert one with cast(x, "float32")`,
    );
}

/**
 * Checks that a weight of elements can be repeated to the shape of the input, and does not repeat that.
 *
 * @throws ValueError naming the loss and the weight if it is none. @throws ShapeError if it does not broadcast.
 */
export function checkElementWeight(loss: string, name: string, weight: Tensor | null, input: Tensor): void {
  checkOptionalTensor(loss, name, weight);
  checkSameDevice(loss, [input, weight]);
  const { shape } = input;
  if (weight === null || broadcastsTo(weight.shape, shape)) return;
  throw new ShapeError(
    `${loss}: ${name} of shape ${showShape(weight.shape)} does not broadcast to the input's, ${showShape(shape)}`,
  );
}

function broadcastsTo(shape: Shape, target: Shape): boolean {
  const lead = target.length - shape.length;
  return lead >= 0 && shape.every((extent, axis) => extent === 1 || extent === target[lead + axis]);
}
