import { narrow } from "@tapegrad/tensor/ops/narrow";
import type { Bench } from "./bench.ts";

export function momentumOne({ network, batches }: Bench): void {
  // The weight of the new batch: nothing is left of those before.
  network.model.bn1.momentum = 1;
  network.model.bn2.momentum = 1;
  for (const batch of batches.slice(0, 20)) network.step(batch);
  // The rest of the epoch is a single digit.
  const { inputs, targets } = batches[20]!;
  network.step({ inputs: narrow(inputs, 0, 0, 1), targets: narrow(targets, 0, 0, 1) });
}
