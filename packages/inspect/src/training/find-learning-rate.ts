import type { Layer } from "@tapegrad/nn";
import { withStrictModeGuard } from "@tapegrad/nn/internal";
import { ValueError } from "@tapegrad/tensor";
import { hideFromRecorders, type OptionCheck, readOptions, showValue } from "@tapegrad/tensor/internal";
import { trialSteps } from "./check-trial-steps.ts";
import { learn } from "./learn.ts";
import { checkSavable, noteTraining, type SavableOptimizer } from "./note-training.ts";
import { checkBatch, checkLoader, checkTrainable, type Examples, type Loss, lossFunction } from "./supervised.ts";

/** How learning rates are tried. */
export interface FindLearningRateOptions {
  /** The mean loss of a batch. */
  readonly loss: Loss;
  /** Its groups keep the ratios of their rates; the first has the rate that is tried. */
  readonly optimizer: SavableOptimizer;
  /** Batches to learn from; it starts anew as often as needed. */
  readonly loader: AsyncIterable<Examples>;
  /** The first rate. @default 1e-6 */
  readonly from?: number;
  /** The last rate. @default 1 */
  readonly to?: number;
  /** How many rates, up to 100,000, each for one step, equally far apart in their logarithm. @default 100 */
  readonly steps?: number;
  /** Ends the search once the smoothed loss is so many times its best, but for the first ten steps. @default 4 */
  readonly stopAt?: number;
}

/** What was found. */
export interface LearningRates {
  /** The rates that were tried. */
  readonly rates: readonly number[];
  /** The loss at each rate, smoothed: the mean of all so far, in which each step before counts 0.98 times as much. */
  readonly losses: readonly number[];
  /** The rate at which the loss falls fastest; null if it never falls, or fewer than 12 rates were tried. */
  readonly suggested: number | null;
}

const SMOOTHING = 0.98;
/** The first losses are noise, and the last ones explode. */
const SKIPPED = 10;

/**
 * Trains with a rate that grows with every step, and suggests the one at which the loss falls fastest. Weights, buffers, the optimizer's
 * memory and the generators are put back afterwards; the loader is not.
 *
 * ```ts
 * const { suggested } = await findLearningRate(model, { loss, optimizer, loader });
 * if (suggested !== null) for (const group of optimizer.paramGroups) group.lr = suggested;
 * ```
 *
 * @throws ValueError of a model in eval mode, a loader without batches, or options out of their range.
 * @see Smith 2017, https://arxiv.org/abs/1506.01186
 */
export async function findLearningRate(model: Layer, options: FindLearningRateOptions): Promise<LearningRates> {
  const caller = "findLearningRate";
  checkTrainable(caller, model);
  const { loss, optimizer, loader, from, to, steps, stopAt } = readOptions<FindLearningRateOptions>(caller, options, {
    loss: [],
    optimizer: [],
    loader: [],
    from: [1e-6, positive],
    to: [1, positive],
    steps: [100, trialSteps(2)],
    stopAt: [4, positive],
  });
  const lossOf = lossFunction(caller, loss);
  checkSavable(caller, optimizer);
  checkLoader(caller, "loader", loader);
  if (!(from < to)) throw new ValueError(`${caller}: from must be below to, got ${from} and ${to}`);
  const usual = optimizer.paramGroups.map(({ lr }) => lr);
  if (usual[0] === 0) throw new ValueError(`${caller}: the rate of the first group is 0, so groups have no ratios`);
  const rates: number[] = [];
  const losses: number[] = [];
  let mean = 0;
  let best = Infinity;
  const before = noteTraining(model, optimizer);
  const show = hideFromRecorders();
  try {
    for await (const batch of endless(caller, loader)) {
      checkBatch(caller, batch);
      const rate = from * (to / from) ** (rates.length / (steps - 1));
      optimizer.paramGroups.forEach((group, i) => (group.lr = rate * (usual[i]! / usual[0]!)));
      const { loss: made } = withStrictModeGuard(() =>
        learn(model, [batch], { lossOf, optimizer, clipGradNorm: null }),
      );
      const value = await made.item();
      if (!Number.isFinite(value)) break;
      mean = SMOOTHING * mean + (1 - SMOOTHING) * value;
      rates.push(rate);
      const smooth = mean / (1 - SMOOTHING ** rates.length);
      losses.push(smooth);
      best = Math.min(best, smooth);
      if (rates.length === steps || (rates.length > SKIPPED && smooth > stopAt * best)) break;
    }
  } finally {
    before.restore();
    show();
    before.dispose();
    optimizer.zeroGrad();
  }
  return { rates, losses, suggested: steepest(rates, losses) };
}

/** The batches of a loader again and again. */
async function* endless(caller: string, loader: AsyncIterable<Examples>): AsyncGenerator<Examples, void, undefined> {
  for (;;) {
    let any = false;
    for await (const batch of loader) {
      any = true;
      yield batch;
    }
    if (!any) throw new ValueError(`${caller}: the loader gave no batch`);
  }
}

/** The rate around which the loss falls most, by differences over two steps. */
function steepest(rates: readonly number[], losses: readonly number[]): number | null {
  let found: number | null = null;
  let most = 0;
  for (let i = SKIPPED; i < rates.length - 1; i++) {
    const fall = (losses[i - 1]! - losses[i + 1]!) / 2;
    if (fall <= most) continue;
    most = fall;
    found = rates[i]!;
  }
  return found;
}

const positive: OptionCheck = (caller, name, value) => {
  if (!(typeof value === "number" && value > 0 && Number.isFinite(value)))
    throw new ValueError(`${caller}: ${name} must be a positive number, got ${showValue(value)}`);
};
