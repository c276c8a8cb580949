import type { Bench } from "./bench.ts";

export function frozenThenThawed({ network, batches }: Bench): void {
  const { bn1, bn2 } = network.model;
  for (const norm of [bn1, bn2]) norm.freeze();
  network.optimizer.paramGroups[0]!.lr = 0.02;
  for (const batch of batches.slice(0, 50)) network.step(batch); // weights learn, statistics stay
  for (const norm of [bn1, bn2]) norm.unfreeze().train();
  for (const batch of batches.slice(50, 53)) network.step(batch); // now each batch normalises itself
}
