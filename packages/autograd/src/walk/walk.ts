import {
  DeviceError,
  enableGrad,
  type MaybeTensor,
  noGrad,
  ones,
  type RecordedCall,
  type Tensor,
  withDevice,
} from "@tapegrad/tensor";
import { evictResults, releaseRecord } from "@tapegrad/tensor/internal";
import { callHooks, hasHooks, isRetainedBeforeHooks } from "../hooks/register-hook.ts";
import { applyVjp } from "./apply-vjp.ts";
import { GradientsInFlight } from "./in-flight.ts";
import { planWalk } from "./plan.ts";
import { isRetained } from "./retain-grad.ts";

/** Where a backward pass begins, what it looks for, and what it leaves behind. */
export interface Walk {
  /** The public function that the user called, for messages. */
  readonly caller: string;
  /** Where the pass begins; at least one. */
  readonly roots: readonly Tensor[];
  /** The gradient of each root; null stands for ones. */
  readonly seeds: readonly MaybeTensor[];
  /** Tensors whose gradients are asked for; null stands for every leaf that requires one and every retained tensor. */
  readonly wanted: ReadonlySet<Tensor> | null;
  /** Whether the records can be walked again. */
  readonly retainGraph: boolean;
  /** Whether the gradients are recorded, so that they can be differentiated. */
  readonly createGraph: boolean;
}

/**
 * Walks the record from the roots to the wanted tensors, each record once and after all that use its outputs, and
 * returns the gradients that arrived, always in the same order.
 *
 * @throws DeviceError if the roots live on different devices. Also what `planWalk` and `applyVjp` throw.
 */
export function walk({ caller, roots, seeds, wanted, retainGraph, createGraph }: Walk): Map<Tensor, Tensor> {
  const { device } = roots[0]!;
  for (const root of roots) {
    if (root.device !== device) {
      throw new DeviceError(`${caller}: outputs live on different devices, ${device.name} and ${root.device.name}`);
    }
  }
  const { order, needs } = planWalk(caller, roots, wanted);
  const isWanted = (tensor: Tensor): boolean => wanted?.has(tensor) ?? (tensor.isLeaf || isRetained(tensor));

  const run = (): Map<Tensor, Tensor> => {
    const gradients = new GradientsInFlight(!createGraph);
    const arrived = new Map<Tensor, Tensor>();
    const released: RecordedCall[] = [];
    const callHooksOf = (tensor: Tensor, gradient: Tensor): Tensor =>
      hasHooks(tensor) ? gradients.lend(gradient, (lent) => callHooks(caller, tensor, lent)) : gradient;
    /** Keeps the gradient of a wanted tensor: of the two, as they were before and after its hooks, the one asked for. */
    const arrive = (tensor: Tensor, before: Tensor, after: Tensor): void => {
      const wantsBefore = wanted !== null || (!tensor.isLeaf && isRetainedBeforeHooks(tensor));
      if (before !== after) gradients.release(wantsBefore ? after : before);
      const gradient = wantsBefore ? before : after;
      if (isWanted(tensor)) arrived.set(tensor, gradient);
      else gradients.release(gradient);
    };
    try {
      for (const [i, root] of roots.entries()) gradients.accumulate(root, seeds[i] ?? ones(root.shape));
      gradients.sweep();
      for (const record of order) {
        const taken = record.outputs.map((output) => gradients.take(output));
        if (taken.some((gradient) => gradient !== null)) {
          const incoming = taken.map((gradient, i) => gradient && callHooksOf(record.outputs[i]!, gradient));
          const needed = needs(record);
          const outgoing = applyVjp(caller, record, incoming, needed);
          for (let i = 0; i < record.inputs.length; i++) {
            const gradient = outgoing[i];
            if (gradient && needed[i]) gradients.accumulate(record.inputs[i]!, gradient);
          }
          gradients.sweep();
          for (let i = 0; i < record.outputs.length; i++) {
            const before = taken[i];
            const after = incoming[i];
            if (before && after) arrive(record.outputs[i]!, before, after);
          }
        }
        if (!retainGraph) released.push(...releaseRecord(record));
      }
      for (const [tensor, gradient] of gradients.rest()) {
        // A tensor that grad was asked for is where the walk ends: its hooks come after that.
        arrive(tensor, gradient, wanted === null ? callHooksOf(tensor, gradient) : gradient);
      }
      for (const [tensor, gradient] of arrived) arrived.set(tensor, gradients.claim(gradient));
      return arrived;
    } finally {
      gradients.end();
      evictResults(released);
    }
  };
  return withDevice(device, () => (createGraph ? enableGrad(run) : noGrad(run)));
}
