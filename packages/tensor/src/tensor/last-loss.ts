import { tellOnce } from "../checks/tell-once.ts";
import { observeReads } from "./observe-reads.ts";
import type { Storage } from "./storage.ts";
import type { Tensor } from "./tensor.ts";

let lastWasNaN = false;
/** The last loss, where it could not be looked at. */
let unseen: WeakRef<Storage> | null = null;
/** Single values that somebody read, and that were NaN. */
const readAsNaN = /* @__PURE__ */ new WeakSet<Storage>();
/** Losses that could not be looked at, and which optimizer took a step on them. */
const steppedOn = /* @__PURE__ */ new WeakMap<Storage, string>();

/**
 * Notes whether a loss whose gradients are computed is NaN, where looking costs nothing: on devices that neither must be awaited nor
 * hold the program up, or where its value was read before. For `backward`.
 */
export function noteLoss(loss: Tensor): void {
  const { synchronous, stalls = false } = loss.device;
  const seen = synchronous && !stalls;
  lastWasNaN = loss.size === 1 && (seen ? Number.isNaN(loss.dataSync()[0]) : readAsNaN.has(loss.storage));
  unseen = loss.size === 1 && !seen && !lastWasNaN ? new WeakRef(loss.storage) : null;
}

/** Tells once that the optimizer takes a step on a loss that is NaN, now or when its value is read. For optimizers. */
export function noteStep(optimizer: string): void {
  if (lastWasNaN) tellOfNaN(optimizer);
  lastWasNaN = false;
  const loss = unseen?.deref();
  if (loss !== undefined) steppedOn.set(loss, optimizer);
}

observeReads((storage, value) => {
  if (!Number.isNaN(value)) return;
  const optimizer = steppedOn.get(storage);
  if (optimizer !== undefined) tellOfNaN(optimizer);
  else readAsNaN.add(storage);
  if (unseen?.deref() === storage) lastWasNaN = optimizer === undefined;
});

/** Tells once that a step is taken on a loss that is NaN. */
export function tellOfNaN(optimizer: string): void {
  tellOnce(
    `${optimizer}.step: the loss is NaN, and what moves by its gradients becomes NaN. detectAnomaly of @tapegrad/autograd names the ` +
      `op where it began; a learning rate that is too high is the usual cause`,
  );
}
