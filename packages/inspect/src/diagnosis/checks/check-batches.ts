import { checkBatch } from "../../training/supervised.ts";
import { BatchLooks } from "../batch-looks.ts";
import { type Check, cannotTell, defineCheck } from "../define-check.ts";
import type { Outcome } from "../finding.ts";

/**
 * Whether a loader gives other examples from batch to batch. Its first eight batches are taken, which draws from its generator.
 *
 * - The same: two of them have the same inputs, of 16 values or more, value by value. Where all come again, round after round, the loader
 *   goes through its data without end, and all is well. That each is the same tensor is a hint: it is meant where all data makes one
 *   batch.
 * - Not shuffled: nine tenths of each batch, of 8 examples or more, are of one class, which is not the same for all; or the examples of a
 *   class stand together over all batches, in an order that chance makes less than once in a million times.
 *
 * `fit` with `diagnose` looks at the first batches that it learns from.
 */
export const checkBatches: Check = defineCheck("checkBatches", async ({ options: { loader } }): Promise<Outcome> => {
  if (loader === null) return cannotTell("one batch does not tell; give the loader");
  const looks = new BatchLooks();
  for await (const batch of loader) {
    checkBatch("checkBatches", batch);
    await looks.add(batch);
    if (looks.complete) break;
  }
  return looks.outcome();
});
