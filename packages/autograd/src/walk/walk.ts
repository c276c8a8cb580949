import { enableGrad, type MaybeTensor, noGrad, ones, type Tensor, withDevice } from "@tapegrad/tensor";
import { checkSameDevice, evictResults, releaseRecord } from "@tapegrad/tensor/internal";
import { applyVjp } from "./apply-vjp.ts";
import { Arrivals } from "./arrivals.ts";
import { GradientsInFlight } from "./gradients-in-flight.ts";
import { planWalk } from "./plan.ts";

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
 * Walks the record from the roots to the wanted tensors, and returns the gradients that arrived, always in the same order.
 *
 * Each record is visited once, after all that use its outputs: their gradients are whole then. Its op turns them into
 * gradients of its inputs, and those add up until their own turn comes.
 *
 * @throws DeviceError if the roots live on different devices. Also what `planWalk` and `applyVjp` throw.
 */
export function walk({ caller, roots, seeds, wanted, retainGraph, createGraph }: Walk): Map<Tensor, Tensor> {
  checkSameDevice(caller, roots);
  const { order, needs } = planWalk(caller, roots, wanted);

  const run = (): Map<Tensor, Tensor> => {
    const gradients = new GradientsInFlight(!createGraph);
    const arrivals = new Arrivals(caller, wanted, gradients);
    try {
      roots.forEach((root, i) => gradients.accumulate(root, seeds[i] ?? ones(root.shape)));
      gradients.sweep();
      for (const record of order) {
        const arrived = record.outputs.map((output) => arrivals.at(output));
        if (arrived.some((arrival) => arrival !== null)) {
          const ofOutputs = arrived.map((arrival) => arrival && arrival.gradient);
          const ofInputs = applyVjp(caller, record, ofOutputs, needs(record));
          record.inputs.forEach((input, i) => {
            const gradient = ofInputs[i];
            if (gradient) gradients.accumulate(input, gradient);
          });
          gradients.sweep();
          for (const arrival of arrived) if (arrival) arrivals.settle(arrival);
        }
        if (!retainGraph) evictResults(releaseRecord(record));
      }
      return arrivals.finish();
    } finally {
      gradients.end();
    }
  };
  return withDevice(roots[0]!.device, () => (createGraph ? enableGrad(run) : noGrad(run)));
}
