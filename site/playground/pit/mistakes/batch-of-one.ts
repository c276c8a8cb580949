import { noGrad } from "@tapegrad/tensor";
import { split } from "@tapegrad/tensor/ops/split";
import type { Bench } from "./bench.ts";

export function batchOfOne({ network: { model }, digits }: Bench): void {
  model.train();
  noGrad(() => {
    // Each is normalised by itself.
    for (const digit of split(digits, 1)) model.forward(digit);
  });
}
