import type { Batch } from "@tapegrad/data";
import type { Layer } from "@tapegrad/nn";
import type { Tensor } from "@tapegrad/tensor";
import { argmax } from "@tapegrad/tensor/ops/argmax";
import { equal } from "@tapegrad/tensor/ops/equal";
import { mean } from "@tapegrad/tensor/ops/mean";
import { leavingNoTrace } from "./predict.ts";

/** The share of digits that the network gets right in eval mode, 0 to 1. */
export async function measureAccuracy(model: Layer, { inputs, targets }: Batch): Promise<number> {
  return leavingNoTrace(model, "eval", () => mean(equal(argmax(model.forward(inputs) as Tensor, 1), targets))).item();
}
