import type { Batch } from "@tapegrad/data";
import type { Layer } from "@tapegrad/nn";
import type { Metrics } from "../metrics/metric.ts";
import type { TrainOptions } from "./options.ts";
import type { TrainResult } from "./reports.ts";
import { Trainer } from "./trainer.ts";

/**
 * Trains a model: for each batch `zeroGrad`, forward, `backward`, `step`; after each epoch validation, in eval mode, and the schedule.
 *
 * ```ts
 * const { epochs } = await fit(model, {
 *   loss: new CrossEntropyLoss(), optimizer: new SGD(model.parameters(), { lr: 0.05 }), loader, epochs: 3,
 *   validation: new DataLoader(test, { batchSize: 100 }), metrics: { accuracy: new Accuracy() },
 * });
 * console.log(epochs.at(-1)!.validation!.metrics.accuracy);
 * ```
 *
 * The model is trained in its own modes and has them back in the end. `Trainer` gives the same loop step by step.
 *
 * @throws what `Trainer` and its `steps` throw.
 */
export async function fit<B = Batch, const M extends Metrics = Record<never, never>>(
  model: Layer,
  options: TrainOptions<B, M>,
): Promise<TrainResult<M>> {
  return new Trainer(model, options, "fit").run();
}
