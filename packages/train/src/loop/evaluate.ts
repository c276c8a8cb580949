import type { Batch } from "@tapegrad/data";
import type { Loss } from "@tapegrad/inspect";
import { checkBatch, checkLoader, checkModel, lossFunction } from "@tapegrad/inspect/internal";
import { evaluating, type Layer } from "@tapegrad/nn";
import { noGrad, ValueError } from "@tapegrad/tensor";
import { readOptions } from "@tapegrad/tensor/internal";
import { MeanLoss } from "../metrics/mean-loss.ts";
import { checkMetrics, computeAll, type Metrics, type MetricValues } from "../metrics/metric.ts";
import { checkLimit } from "./options.ts";

/** What `evaluate` measures. */
export interface EvaluateOptions<M extends Metrics> {
  /** A loss whose mean over all examples is wanted. @default none */
  readonly loss?: Loss | null;
  /** What else to measure, under names of your own. They are reset first. @default none */
  readonly metrics?: M;
  /** Stop after so many batches. @default Infinity */
  readonly maxBatches?: number;
}

/** What `evaluate` measured. */
export interface Evaluation<M extends Metrics = Metrics> {
  /** The mean loss of all examples; null if none was asked for. */
  readonly loss: number | null;
  readonly metrics: MetricValues<M>;
  readonly examples: number;
}

/**
 * Measures a model as it will be used: in eval mode, without a record. Every module has the mode back that it had, whatever happens.
 *
 * ```ts
 * const { metrics } = await evaluate(model, loader, { metrics: { accuracy: new Accuracy() } });
 * ```
 *
 * @throws ValueError if there is no batch, or one has no inputs and targets. @throws OverlapError as `evaluating`.
 */
export async function evaluate<const M extends Metrics = Record<never, never>>(
  model: Layer,
  loader: AsyncIterable<Batch>,
  options: EvaluateOptions<M> = {},
): Promise<Evaluation<M>> {
  checkModel("evaluate", model);
  checkLoader("evaluate", "loader", loader);
  const { loss, metrics, maxBatches } = readOptions<EvaluateOptions<M>>("evaluate", options, {
    loss: [null],
    metrics: [{} as M, checkMetrics],
    maxBatches: [Infinity, checkLimit],
  });
  const lossOf = loss === null ? null : lossFunction("evaluate", loss);
  const total = new MeanLoss();
  for (const metric of Object.values(metrics)) metric.reset();
  let examples = 0;
  let batches = 0;
  await evaluating(model, async () => {
    for await (const batch of loader) {
      checkBatch("evaluate", batch);
      const { inputs, targets } = batch;
      noGrad(() => {
        const outputs = model.forward(inputs);
        if (lossOf !== null) total.update(lossOf(outputs, targets), inputs.shape[0]!);
        for (const metric of Object.values(metrics)) metric.update(outputs, targets);
      });
      examples += inputs.shape[0]!;
      if (++batches >= maxBatches) break;
    }
  });
  if (batches === 0) throw new ValueError("evaluate: the loader gave no batch");
  return {
    loss: lossOf === null ? null : await total.compute(),
    metrics: await computeAll(metrics),
    examples,
  };
}
