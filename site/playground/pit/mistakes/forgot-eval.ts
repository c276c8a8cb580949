import { noGrad } from "@tapegrad/tensor";
import { split } from "@tapegrad/tensor/ops/split";
import type { Bench } from "./bench.ts";

export function forgotEval({ network: { model }, digits }: Bench): void {
  // After training it is still in train mode, and nobody calls eval().
  model.train();
  noGrad(() => {
    for (const batch of split(digits, 20)) model.forward(batch);
  });
}
