import { noGrad, ValueError } from "@tapegrad/tensor";
import { checkInteger, explainChange, readOptions } from "@tapegrad/tensor/internal";
import { checkModule } from "../checks/check-module.ts";
import { BatchNorm } from "../layers/norm/batch-norm.ts";
import { withoutModeGuard } from "../modes/mode-guard.ts";
import { training } from "../modes/scoped-modes.ts";
import { copyOf } from "../module/copy-of.ts";
import type { Layer } from "../module/module.ts";
import { type Batches, checkBatches, inputsOf } from "./inputs-of.ts";

/** Options of `updateBatchNorm` and `statisticsDrift`. */
export interface UpdateBatchNormOptions {
  /** Stop after so many batches. @default Infinity */
  readonly maxBatches?: number;
}

/**
 * Computes the running statistics of all batch norms anew, as the average over the batches of a loader (torch:
 * `swa_utils.update_bn`). Call it after the weights have changed, as by averaging, or where a momentum forgot too fast.
 * The network runs in train mode, without a record; afterwards modes and momenta are what they were. Frozen batch norms
 * keep their statistics. If an error is thrown, all keep theirs.
 *
 * @returns how many batches were seen.
 * @throws ValueError if there was none.
 */
export async function updateBatchNorm(
  model: Layer,
  loader: Batches,
  options: UpdateBatchNormOptions = {},
): Promise<number> {
  checkModule("updateBatchNorm: model", model);
  const { maxBatches } = readOptions("updateBatchNorm", options, { maxBatches: [Infinity] });
  if (maxBatches !== Infinity) checkInteger("updateBatchNorm", "maxBatches", maxBatches, 1);
  checkBatches("updateBatchNorm", loader);
  const norms = trackingNorms(model);
  const momenta = norms.map(({ momentum }) => momentum);
  const restore = noteStatistics(norms);
  let batches = 0;
  try {
    for (const norm of norms) {
      norm.resetRunningStats();
      norm.momentum = null;
    }
    for await (const batch of loader) {
      const inputs = inputsOf("updateBatchNorm", batch);
      training(model, () => withoutModeGuard(() => noGrad(() => model.forward(inputs))));
      if (++batches >= maxBatches) break;
    }
    if (batches === 0) throw new ValueError("updateBatchNorm: the loader gave no batch");
  } catch (error) {
    explainChange("updateBatchNorm, which failed", restore);
    throw error;
  } finally {
    norms.forEach((norm, i) => (norm.momentum = momenta[i]!));
  }
  return batches;
}

/** The batch norms whose running statistics train mode moves. */
export function trackingNorms(model: Layer): BatchNorm[] {
  const norms = model.modules().filter((module) => module instanceof BatchNorm);
  return norms.filter((norm) => !norm.frozen && norm.trackRunningStats && norm.runningMean !== null);
}

/** Notes running statistics. The function that is returned puts them back. */
export function noteStatistics(norms: readonly BatchNorm[]): () => void {
  const buffers = norms.flatMap(({ runningMean, runningVar, numBatchesTracked }) =>
    [runningMean, runningVar, numBatchesTracked].filter((buffer) => buffer !== null),
  );
  const before = buffers.map(copyOf);
  return () => buffers.forEach((buffer, i) => buffer.assign(before[i]!));
}
