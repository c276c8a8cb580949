import type { Tensor } from "../../core.ts";
import { tensor } from "../../tensor/create.ts";
import { broadcastTo, indexSelect, reshape } from "../basic.ts";
import { broadcastOperands } from "../internal/broadcast-operands.ts";
import { placesIn } from "./nonzero.ts";

/**
 * The values where a mask is not 0, as a list; both are broadcast. The mask is read on the host, and awaited, for the result's shape
 * depends on it.
 *
 * @throws ShapeError if the shapes do not broadcast.
 */
export async function maskedSelect(x: Tensor, mask: Tensor): Promise<Tensor> {
  const shape = broadcastOperands("maskedSelect", { x, mask });
  const source = broadcastTo(x, shape);
  const places = placesIn(await broadcastTo(mask.detach(), shape).data());
  return indexSelect(reshape(source, [source.size]), 0, tensor(Int32Array.from(places), { device: x.device }));
}
