import type { Layer } from "@tapegrad/nn";
import { withStrictModeGuard } from "@tapegrad/nn/internal";
import { type Tensor, ValueError } from "@tapegrad/tensor";
import { hideFromRecorders, readOptions, showValue } from "@tapegrad/tensor/internal";
import { trialSteps } from "./check-trial-steps.ts";
import { learn } from "./learn.ts";
import { checkSavable, noteTraining, type SavableOptimizer } from "./note-training.ts";
import { checkBatch, checkLoader, checkTrainable, type Examples, type Loss, lossFunction } from "./supervised.ts";

/** How the model is put to the test. */
export interface OverfitOptions {
  /** The mean loss of a batch. */
  readonly loss: Loss;
  readonly optimizer: SavableOptimizer;
  /** Its first batch is learned by heart; some ten examples are enough. */
  readonly loader: AsyncIterable<Examples>;
  /** How many steps, up to 100,000. @default 100 */
  readonly steps?: number;
  /** The model has learned if its last loss is at most so much of the first. @default 0.1 */
  readonly enough?: number;
}

/** How it went. */
export interface OverfitReport {
  /** Whether the loss came down to `enough` of the first one. */
  readonly learned: boolean;
  /** The loss at each step, in the model's own modes. */
  readonly losses: readonly number[];
  /** The names of parameters that are to be trained and had no gradient, or zeros alone, in the first step and the last. */
  readonly withoutGradient: readonly string[];
}

/**
 * Lets a model learn one batch by heart: what cannot do that has a fault, in the model, the loss, the rate or the data. Weights, buffers, the
 * optimizer's memory and the generators are put back afterwards.
 *
 * ```ts
 * const { learned, withoutGradient } = await overfitOneBatch(model, { loss, optimizer, loader });
 * ```
 *
 * @throws ValueError of a model in eval mode, a loader without batches, or options out of their range.
 */
export async function overfitOneBatch(model: Layer, options: OverfitOptions): Promise<OverfitReport> {
  const caller = "overfitOneBatch";
  checkTrainable(caller, model);
  const { loss, optimizer, loader, steps, enough } = readOptions<OverfitOptions>(caller, options, {
    loss: [],
    optimizer: [],
    loader: [],
    steps: [100, trialSteps(2)],
    enough: [0.1, checkPart],
  });
  const lossOf = lossFunction(caller, loss);
  checkSavable(caller, optimizer);
  checkLoader(caller, "loader", loader);
  const batch = await firstOf(caller, loader);
  const losses: Tensor[] = [];
  let without = new Set(model.namedParameters().flatMap(([name, { requiresGrad }]) => (requiresGrad ? [name] : [])));
  const before = noteTraining(model, optimizer);
  const show = hideFromRecorders();
  try {
    for (let step = 1; step <= steps; step++) {
      const { loss: made } = withStrictModeGuard(() =>
        learn(model, [batch], { lossOf, optimizer, clipGradNorm: null }),
      );
      losses.push(made);
      if (step === 1 || step === steps) without = await withoutGradient(model, without);
    }
    const values = await Promise.all(losses.map((each) => each.item()));
    return { learned: values.at(-1)! <= enough * values[0]!, losses: values, withoutGradient: [...without] };
  } finally {
    before.restore();
    show();
    before.dispose();
    optimizer.zeroGrad();
  }
}

async function firstOf(caller: string, loader: AsyncIterable<Examples>): Promise<Examples> {
  for await (const batch of loader) {
    checkBatch(caller, batch);
    return batch;
  }
  throw new ValueError(`${caller}: the loader gave no batch`);
}

/** Those of the named parameters that have no gradient now, or zeros alone. */
async function withoutGradient(model: Layer, names: ReadonlySet<string>): Promise<Set<string>> {
  const found = new Set<string>();
  for (const [name, { grad }] of model.namedParameters())
    if (names.has(name) && (grad === null || (await grad.data()).every((value) => value === 0))) found.add(name);
  return found;
}

function checkPart(caller: string, name: string, value: unknown): void {
  if (!(typeof value === "number" && value > 0 && value < 1))
    throw new ValueError(`${caller}: ${name} must lie between 0 and 1, got ${showValue(value)}`);
}
