import type { Conv2dMethod } from "./conv2d-method.ts";
import { direct } from "./direct.ts";
import type { Conv2dGeometry } from "./geometry.ts";
import { isPointwise, pointwise } from "./pointwise.ts";
import { winograd, winogradWins } from "./winograd.ts";

const products: Conv2dMethod = { ...direct, ...pointwise };

/** The fastest method that can. It depends on the geometry alone, so that results do not depend on the machine. */
export function methodFor(geometry: Conv2dGeometry): Conv2dMethod {
  if (isPointwise(geometry)) return products;
  return winogradWins(geometry) ? winograd : direct;
}
