import { type MaybeTensor, noGrad, type Tensor } from "@tapegrad/tensor";
import { checkTensor, noteLoss, refuseUnknownOptions } from "@tapegrad/tensor/internal";
import { add, clone } from "@tapegrad/tensor/ops";
import { checkRoot } from "./walk/check-root.ts";
import { walk } from "./walk/walk.ts";

/** How `backward` runs. */
export interface BackwardOptions {
  /** The gradient of some scalar with respect to the tensor, of its shape. @default 1, for a tensor of one element */
  readonly gradient?: MaybeTensor;
  /** Whether the records are kept for another backward pass. @default createGraph */
  readonly retainGraph?: boolean;
  /** Whether the gradients are recorded, so that they can be differentiated in turn. @default false */
  readonly createGraph?: boolean;
}

/**
 * Adds the gradient of `loss` to the `grad` of every leaf that requires one, and of tensors given to `retainGrad`.
 *
 * As in torch, gradients accumulate until they are set to null (`zeroGrad`), and the records are released, so that the
 * memory of the forward pass can be reclaimed: a second pass needs `retainGraph`. An existing `grad` is changed in
 * place, unless `createGraph` is set.
 *
 * @throws GradientError if `loss` requires no gradient, has more than one element and no `gradient` is given, or if its
 *   record was released, or if a value that the gradient needs was changed in place; the message names the op.
 * @throws ShapeError if `gradient` has another shape. @throws DTypeError if `loss` or `gradient` is int32.
 * @throws ValueError of an unknown option.
 */
export function backward(loss: Tensor, options: BackwardOptions = {}): void {
  refuseUnknownOptions("backward", options, ["gradient", "retainGraph", "createGraph"]);
  const { gradient = null, createGraph = false, retainGraph = createGraph } = options;
  checkTensor("backward", loss, "loss");
  checkRoot("backward", loss, gradient, "gradient");
  noteLoss(loss);
  const gradients = walk({
    caller: "backward",
    roots: [loss],
    seeds: [gradient],
    wanted: null,
    retainGraph,
    createGraph,
  });
  for (const [tensor, computed] of gradients) accumulate(tensor, computed, createGraph);
}

/** Adds to `tensor.grad`, which shares its storage with nothing else. */
function accumulate(tensor: Tensor, gradient: Tensor, createGraph: boolean): void {
  const { ownGrad: grad } = tensor;
  if (createGraph) {
    tensor.grad = grad === null ? clone(gradient) : add(grad, gradient);
  } else if (grad === null) {
    tensor.ownGrad = gradient;
  } else {
    noGrad(() => {
      const sum = add(grad, gradient);
      grad.assign(sum);
      // The gradient may be a view of what the walk made; its storage belongs to nobody else.
      sum.storage.dispose();
      gradient.storage.dispose();
    });
  }
}
