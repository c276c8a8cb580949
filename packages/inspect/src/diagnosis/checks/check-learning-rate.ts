import { type Check, cannotTell, defineCheck } from "../define-check.ts";
import type { Finding, Outcome } from "../finding.ts";
import { isHeldLow, madeFor } from "../held-rate.ts";
import { runRates } from "../rate-range.ts";

/**
 * Whether the learning rate lies in the range in which the optimizer learns the batch.
 *
 * From where the model is, each of nine rates from 1e-7 to 10 is tried for eight steps, with the ratios of the groups as they are. The range is of those
 * rates at which the loss falls, by 1% of the most that any of them makes it fall. A rate ten times above the range, or a thousand
 * times below it, is a fault. Where a schedule holds the rate low now, it is judged by what it is made for.
 *
 * In a diagnosis it is only asked if the batch could not be learned.
 *
 * @see Smith 2017, https://arxiv.org/abs/1506.01186
 */
export const checkLearningRate: Check = defineCheck("checkLearningRate", async (trial): Promise<Outcome> => {
  const { optimizer } = trial.options;
  if (optimizer === null) return cannotTell("there is no optimizer");
  const [group] = optimizer.paramGroups;
  if (group === undefined) return cannotTell("the optimizer has no parameters");
  const lr = isHeldLow(optimizer) ? madeFor(group) : group.lr;
  if (group.lr === 0) return cannotTell("the learning rate is 0");
  const tried = await runRates(trial, optimizer);
  const most = Math.max(...tried.map(({ fall }) => fall));
  if (!(most > 0)) return cannotTell("the loss falls at none of the rates that were tried");
  const useful = tried.filter(({ fall }) => fall > 0.01 * most).map(({ rate }) => rate);
  const [low, high] = [Math.min(...useful), Math.max(...useful)];
  const best = tried.find(({ fall }) => fall === most)!.rate;
  const answer = `${lr}; the loss falls from ${low} to ${high}, fastest at ${best}`;
  if (lr <= 10 * high && lr >= low / 1000) return { answer };
  return { answer, findings: [outside(lr, low, high, best)] };
});

function outside(lr: number, low: number, high: number, best: number): Finding {
  return {
    fault: "learningRate",
    layers: [],
    verdict: `the learning rate of ${lr} is too ${lr > high ? "high" : "low"}: the loss falls at rates from ${low} to ${high}`,
    evidence: { lr, low, high, best },
    cure: `begin with about ${best / 3}; findLearningRate looks more closely`,
  };
}
