import { checkElements, checkInteger } from "../../checks/index.ts";
import type { Tensor } from "../../core.ts";
import { axisOf } from "../internal/axis-of.ts";
import { split } from "./split.ts";

/**
 * An axis in up to `chunks` parts of `⌈extent / chunks⌉` entries; the last may be smaller, and there may be fewer parts, as
 * in torch. Dense copies.
 *
 * @param dim the axis. @default 0
 * @throws ValueError unless `chunks` is a positive integer. @throws IndexError if `x` is a scalar, or the axis does not exist.
 */
export function chunk(x: Tensor, chunks: number, dim = 0): Tensor[] {
  const axis = axisOf("chunk", x, dim, "to split");
  checkInteger("chunk", "chunks", chunks, 1);
  checkElements("chunk", [chunks]);
  const extent = x.shape[axis]!;
  return split(x, extent === 0 ? Array.from({ length: chunks }, () => 0) : Math.ceil(extent / chunks), axis);
}
