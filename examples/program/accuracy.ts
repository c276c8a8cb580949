import { DataLoader, type Dataset, prefetch, type Sample } from "@tapegrad/data";
import type { Layer } from "@tapegrad/nn";
import { withoutModeGuard } from "@tapegrad/nn/mode-guard";
import { argmax, equal, noGrad, sum } from "@tapegrad/tensor";

/** The part of the pictures that the model recognises as it will be used: in eval mode. */
export async function evalAccuracy(model: Layer, pictures: Dataset<Sample>): Promise<number> {
  model.eval();
  return accuracy(model, pictures, 100);
}

/**
 * The part of the pictures that the model recognises if one forgets `model.eval()` and shows it one image at a time: batch norm
 * then normalises each image by its own statistics, and dropout drops. Do this last: every forward pass in train mode,
 * `noGrad` or not, also overwrites a bit of the running statistics. tapegrad would warn; here it is meant.
 */
export async function trainModeAccuracy(model: Layer, pictures: Dataset<Sample>): Promise<number> {
  model.train();
  return withoutModeGuard(() => accuracy(model, pictures, 1));
}

async function accuracy(model: Layer, pictures: Dataset<Sample>, batchSize: number): Promise<number> {
  let right = 0;
  for await (const { inputs, targets } of prefetch(new DataLoader(pictures, { batchSize, warn: () => {} }))) {
    right += await noGrad(() => sum(equal(argmax(model.forward(inputs), 1), targets))).item();
  }
  return right / pictures.length;
}
