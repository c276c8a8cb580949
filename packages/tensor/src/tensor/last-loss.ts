import type { Tensor } from "./tensor.ts";

let lastWasNaN = false;

/**
 * Notes whether a loss whose gradients are computed is NaN, where looking costs nothing: on devices that neither must be awaited nor
 * hold the program up. For `backward`.
 */
export function noteLoss(loss: Tensor): void {
  const { synchronous, stalls = false } = loss.device;
  lastWasNaN = loss.size === 1 && synchronous && !stalls && Number.isNaN(loss.dataSync()[0]);
}

/** Whether the loss of the last backward pass is known to be NaN; true once for each pass. For optimizers. */
export function takeNaNLoss(): boolean {
  const wasNaN = lastWasNaN;
  lastWasNaN = false;
  return wasNaN;
}
