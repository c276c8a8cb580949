import { normalizeDim, ShapeError, type Tensor } from "@tapegrad/tensor";
import { checkFloat, checkInteger, showShape } from "@tapegrad/tensor/internal";
import { mul, sigmoid, slice } from "@tapegrad/tensor/ops";
import { layerOf, type LayerOf } from "../../module/module-of.ts";

/**
 * The gated linear unit `a · σ(b)`, where `a` and `b` are the halves of the input along an axis.
 *
 * @param dim the axis, whose extent is halved; negative ones count from the end.
 * @throws ShapeError if the extent is odd. @throws IndexError if the axis does not exist. @throws DTypeError of int32.
 * @see Dauphin et al. 2016, https://arxiv.org/abs/1612.08083
 */
export function glu(input: Tensor, dim = -1): Tensor {
  checkFloat("glu", input, "input");
  const axis = normalizeDim("glu", dim, input.rank);
  const extent = input.shape[axis];
  if (extent === undefined) throw new ShapeError("glu: a scalar cannot be halved");
  if (extent % 2 !== 0)
    throw new ShapeError(`glu: axis ${axis} of input ${showShape(input.shape)} cannot be halved, it has ${extent}`);
  return mul(slice(input, axis, 0, extent / 2), sigmoid(slice(input, axis, extent / 2)));
}

const Layer: LayerOf<typeof glu, ["dim"]> = /* @__PURE__ */ layerOf(glu, { dim: [-1, checkInteger] });

/** The gated linear unit `a · σ(b)` of the halves of the input along the axis `dim`, by default the last: `glu` as a module. */
export class GLU extends Layer {}
