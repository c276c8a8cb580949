import { mul } from "@tapegrad/tensor/ops/mul";
import type { Bench } from "./bench.ts";

export function poisoned({ network, batches }: Bench): void {
  const [first, ...others] = batches.slice(0, 4);
  for (const batch of others) network.step(batch);
  // Bytes from 0 to 255, which nobody divided.
  network.step({ ...first!, inputs: mul(first!.inputs, 255) });
}
