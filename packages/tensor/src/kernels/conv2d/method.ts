import { forward, inputGrad, weightGrad } from "./direct.ts";
import type { Conv2dGeometry } from "./geometry.ts";
import { isPointwise, pointwiseForward, pointwiseInputGrad } from "./pointwise.ts";
import { winogradForward, winogradInputGrad, winogradWeightGrad, winogradWins } from "./winograd.ts";

/** How a convolution and its gradients are computed on WebAssembly. */
export interface Conv2dMethod {
  readonly forward: typeof forward;
  readonly inputGrad: typeof inputGrad;
  readonly weightGrad: typeof weightGrad;
  /** Whether `forward` can pool what it finishes. */
  readonly pools: boolean;
}

const direct: Conv2dMethod = { forward, inputGrad, weightGrad, pools: true };
const pointwise: Conv2dMethod = { forward: pointwiseForward, inputGrad: pointwiseInputGrad, weightGrad, pools: false };
const winograd: Conv2dMethod = {
  forward: winogradForward,
  inputGrad: winogradInputGrad,
  weightGrad: winogradWeightGrad,
  pools: true,
};

/** The fastest that can. It depends on the geometry alone, so that results do not depend on the machine. */
export function methodFor(geometry: Conv2dGeometry): Conv2dMethod {
  if (isPointwise(geometry)) return pointwise;
  return winogradWins(geometry) ? winograd : direct;
}
