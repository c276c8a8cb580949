import { checkTensor } from "../../checks/index.ts";
import type { Tensor } from "../../core.ts";
import { cast, mul } from "../basic.ts";

/** Degrees as radians: x · π/180. */
export function deg2rad(x: Tensor): Tensor {
  checkTensor("deg2rad", x);
  return mul(cast(x, "float32"), Math.PI / 180);
}

/** Radians as degrees: x · 180/π. */
export function rad2deg(x: Tensor): Tensor {
  checkTensor("rad2deg", x);
  return mul(cast(x, "float32"), 180 / Math.PI);
}
