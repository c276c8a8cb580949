import { DataLoader, type Dataset, prefetch, type Sample } from "@tapegrad/data";
import type { Layer } from "@tapegrad/nn";
import { withoutModeGuard } from "@tapegrad/nn/mode-guard";
import { noGrad } from "@tapegrad/tensor";
import { Accuracy } from "@tapegrad/train/accuracy";
import { evaluate } from "@tapegrad/train/evaluate";

/** The part of the pictures that the model recognises as it will be used: in eval mode. */
export async function evalAccuracy(model: Layer, pictures: Dataset<Sample>): Promise<number> {
  const loader = prefetch(new DataLoader(pictures, { batchSize: 100 }));
  const { metrics } = await evaluate(model, loader, { metrics: { accuracy: new Accuracy() } });
  return metrics.accuracy;
}

/**
 * The part of the pictures that the model recognises if one forgets `model.eval()` and shows it one image at a time: batch norm
 * then normalises each image by its own statistics, and dropout drops. Do this last: every forward pass in train mode,
 * `noGrad` or not, also overwrites a bit of the running statistics. tapegrad would warn; here it is meant.
 */
export async function trainModeAccuracy(model: Layer, pictures: Dataset<Sample>): Promise<number> {
  model.train();
  const accuracy = new Accuracy();
  for await (const { inputs, targets } of prefetch(new DataLoader(pictures)))
    withoutModeGuard(() => noGrad(() => accuracy.update(model.forward(inputs), targets)));
  return accuracy.compute();
}
