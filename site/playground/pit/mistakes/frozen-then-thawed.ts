import type { Bench } from "./bench.ts";

export function frozenThenThawed({ network, batches }: Bench): void {
  const norms = [network.model.bn1, network.model.bn2];
  for (const norm of norms) norm.freeze();
  network.optimizer.paramGroups[0]!.lr = 0.02;
  // The weights learn, the statistics stay.
  for (const batch of batches.slice(0, 50)) network.step(batch);
  for (const norm of norms) norm.unfreeze().train();
  // Now each batch normalises itself.
  for (const batch of batches.slice(50, 53)) network.step(batch);
}
