import { type Check, cannotTell, defineCheck } from "../define-check.ts";
import { type Finding, type Outcome, shown } from "../finding.ts";
import { farthest } from "../measures.ts";
import type { InspectedOptimizer } from "../options.ts";
import { cureOfSchedules } from "../rate-course.ts";
import { rateOf, ScheduleLook } from "../schedule-look.ts";
import {
  type Bystanders,
  dotOfAll,
  expectedGradients,
  type Gradients,
  lookAtStep,
  meanOf,
  type SeenStep,
  sumOf,
  type TakeStep,
} from "../step-look.ts";
import type { Trial } from "../trial.ts";

/** How much of a gradient, or of an update, may be left unexplained. */
const unexplained = 0.02;
/** A part of the gradient that is as good as none. */
const nothing = 1e-3;
/** What may be left of a learning rate that no schedule moves after three steps, and where it is a fault. */
const fallen = { hint: 0.5, fault: 0.1 };
/** What must be left of the optimizer's update at the end of the step. */
const kept = 0.6;
/** So many times the optimizer is to be called, and the step at most to be taken. */
const wanted = 3;
const most = 32;

/**
 * Whether a training step of your own gives the optimizer the gradient of the loss: once, and of this batch alone.
 *
 * The step is taken until it has called the optimizer's `step` three times, at most 32 times. Whenever it does, the gradients `g` that lie
 * there are compared with `e`, the mean of those of the loss that was given since the last time, computed apart with the same weights and
 * masks. With `c = ⟨g, e⟩/⟨e, e⟩`:
 *
 * - `g = 0`, or `c` below 0.001: gradients were forgotten between `backward` and `step`, or clipped to nothing.
 * - `g = c·e` for a whole `c` from 2 on: `backward` ran c times, the loss is a sum, or those of c batches were gathered and not divided.
 * - `g = e + g₋₁` from the second step on: gradients of steps before are still there, `zeroGrad` was forgotten.
 *
 * Further, exact: the step gives the same gradients for a batch with other inputs, so it does not learn the batch that it is given.
 *
 * Schedules that the step moves stay where they are, but are played ahead, for as many steps as the loader has batches: it is a fault if the rate
 * falls to a tenth, and is that low or lower for four times as many steps as it took; if the schedule is over before; or if half a
 * cosine goes up and down, again and again. Beyond that, for up to 1,000 steps, a fall within 5 steps is a fault, and a later one a hint, as is
 * a schedule that is over after 200 steps or fewer. A rate that is set by hand must not fall to less than a tenth in three steps, a hint
 * from half of it on. What the optimizer changed must be there when the step ends: if less than 0.6 of it is left, and nothing else was
 * changed, the step is undone, as by weights that are restored, or by an average that is written into the model.
 *
 * A part of 2% of `g` that is neither, as that of a penalty or of augmented inputs, and nothing is said of gradients. Also found: the
 * optimizer is never called, or another one in its place, perhaps one that is made anew in each step; and the whole model is in eval mode
 * when it is.
 */
export const checkStep: Check = defineCheck("checkStep", async (trial): Promise<Outcome> => {
  const { step, optimizer } = trial.options;
  if (step === null) return cannotTell("no step of your own was given");
  if (optimizer === null) return cannotTell("the optimizer of the step is needed");
  trial.restore();
  try {
    const looks: StepLook[] = [];
    const seen: Bystanders = { others: new Set(), schedules: new ScheduleLook() };
    const { others } = seen;
    const before = rateOf(optimizer);
    // A sum, not a list: it may be of as many as there are steps.
    let gathered: Gradients = new Map();
    let batches = 0;
    for (let i = 0; i < most && looks.length < wanted; i++) {
      gathered = sumOf(gathered, await expectedGradients(trial));
      batches++;
      const look = await lookAtStep(trial, optimizer, step, seen);
      if (look === null && looks.length === 0 && i + 1 >= wanted && others.size > 0) break;
      if (look === null) continue;
      if (look.allInEval) return { answer: "it learns in eval mode", findings: [learnsInEval()] };
      looks.push({ ...look, expected: meanOf(gathered, batches), batches });
      [gathered, batches] = [new Map(), 0];
    }
    if (looks.length === 0 && others.size > 0)
      return { answer: "another optimizer is called", findings: [otherOptimizer(others)] };
    if (looks.length === 0) return { answer: "the optimizer is never called", findings: [neverSteps()] };
    const rate = seen.schedules.some
      ? seen.schedules.outlook(optimizer, looks.length, lengthOf(trial.options.loader))
      : byHand(before, rateOf(optimizer), looks.length);
    const undone = looks.find(isUndone);
    const lasting = [...(rate.findings ?? []), ...(undone === undefined ? [] : [undoing(undone.kept!)])];
    const hints = rate.hints ?? [];
    if (await ignoresBatch(trial, optimizer, step)) return { answer: "it ignores the batch", findings: [ignoring()] };
    const findings = await gradientFindings(looks);
    if (findings === null)
      return {
        ...cannotTell("the step's gradients are not those of the loss: it may have a penalty, or change its inputs"),
        hints,
        findings: lasting,
      };
    const answer = findings.length === 0 ? "the optimizer gets the gradient of the batch" : findings[0]!.verdict;
    return { answer, hints, findings: [...findings, ...lasting] };
  } finally {
    trial.restore();
  }
});

/** What was seen of a step, beside what it should have been. */
interface StepLook extends SeenStep {
  readonly expected: Gradients;
  /** How many batches it gathers. */
  readonly batches: number;
}

function isUndone({ kept: share, rest }: StepLook): boolean {
  return share !== null && share < kept && rest < unexplained;
}

/** How many batches a loader has, if it says so. */
function lengthOf(loader: object | null): number | null {
  const { length } = Object(loader) as { readonly length?: unknown };
  return typeof length === "number" && length > 0 ? length : null;
}

/** What it means that a rate has fallen so soon. */
function byHand(before: number, after: number, steps: number): Pick<Outcome, "findings" | "hints"> {
  if (!(after < fallen.hint * before)) return {};
  const finding: Finding = {
    fault: "rateCollapses",
    layers: [],
    verdict: `the learning rate falls from ${shown(before)} to ${shown(after)} in ${steps} steps`,
    evidence: { before, after, steps },
    cure: cureOfSchedules,
  };
  return after < fallen.fault * before ? { findings: [finding] } : { hints: [finding] };
}

/** Whether the step gives the optimizer the same gradients, bit by bit, for a batch with other inputs. */
async function ignoresBatch(trial: Trial, optimizer: InspectedOptimizer, step: TakeStep): Promise<boolean> {
  const { targets } = trial;
  trial.restore();
  const beside: Bystanders = { others: new Set(), schedules: new ScheduleLook() };
  const seen = await lookAtStep(trial, optimizer, step, beside);
  trial.restore();
  const other = await lookAtStep(trial, optimizer, step, beside, { inputs: trial.changed, targets });
  if (seen === null || other === null || (await dotOfAll(seen.gradients, seen.gradients)) === 0) return false;
  for (const [parameter, gradient] of seen.gradients) {
    const twin = other.gradients.get(parameter);
    if (twin === undefined || farthest(await gradient.data(), await twin.data()) > 0) return false;
  }
  return true;
}

/** Null if the gradients are explained by nothing that is known. */
async function gradientFindings(looks: readonly StepLook[]): Promise<readonly Finding[] | null> {
  for (const [i, { expected, gradients: found, batches }] of looks.entries()) {
    const [ee, gg, ge] = [
      await dotOfAll(expected, expected),
      await dotOfAll(found, found),
      await dotOfAll(found, expected),
    ];
    if (ee === 0) continue;
    const factor = ge / ee;
    if (Math.sqrt(gg / ee) < nothing) return [lost(Math.sqrt(gg), Math.sqrt(ee))];
    const rest = Math.max(0, gg - (ge * ge) / ee) / gg;
    const before = looks[i - 1]?.gradients;
    if (before !== undefined && (await isPile(found, expected, before, gg)))
      return [pile(Math.sqrt(gg), Math.sqrt(ee))];
    if (rest > unexplained ** 2) return null;
    const whole = Math.round(factor);
    if (whole >= 2 && Math.abs(factor - whole) < unexplained * whole) return [scaled(whole, batches)];
  }
  return [];
}

/** Whether g = e + g₋₁. */
async function isPile(found: Gradients, expected: Gradients, before: Gradients, gg: number): Promise<boolean> {
  const bb = await dotOfAll(before, before);
  if (bb < nothing * gg) return false;
  const [ee, ge] = [await dotOfAll(expected, expected), await dotOfAll(found, expected)];
  const [gb, eb] = [await dotOfAll(found, before), await dotOfAll(expected, before)];
  const distance = gg + ee + bb - 2 * ge - 2 * gb + 2 * eb;
  return Math.max(0, distance) < unexplained ** 2 * gg;
}

function ignoring(): Finding {
  return {
    fault: "ignoresBatch",
    layers: [],
    verdict: "the step has the same gradients whatever batch it is given: it learns another one, again and again",
    evidence: {},
    cure: "use the step's argument: a batch that was taken once, outside of the step, stays what it was",
  };
}

function neverSteps(): Finding {
  return {
    fault: "stepsWithoutOptimizer",
    layers: [],
    verdict: "the step never calls the optimizer's step(), so nothing is learned",
    evidence: { calls: 0 },
    cure: "call optimizer.step() after backward(loss); where gradients of more than 32 batches are gathered, all is well",
  };
}

function learnsInEval(): Finding {
  return {
    fault: "learnsInEval",
    layers: [],
    verdict:
      "the whole model is in eval mode when the step calls the optimizer: dropout does nothing, and running statistics do not move",
    evidence: {},
    cure: "call model.train() before learning, and evaluating(model, fn) to look at predictions",
  };
}

function lost(found: number, expected: number): Finding {
  return {
    fault: "gradientsLost",
    layers: [],
    verdict: "the optimizer steps on gradients that are as good as nothing, though the loss has some",
    evidence: { found, expected },
    cure: "call zeroGrad() before backward(loss) and not after it; clip to a norm of about 1, not 0",
  };
}

function scaled(factor: number, batches: number): Finding {
  const summed = factor === batches;
  return {
    fault: "gradientsScaled",
    layers: [],
    verdict: summed
      ? `the optimizer steps on the gradients of ${batches} batches added up, ${factor} times their mean`
      : `the optimizer steps on ${factor} times the gradient of the loss`,
    evidence: { factor, batches },
    cure: summed
      ? `divide each loss by ${batches} before backward(loss), or the learning rate`
      : "call backward(loss) once in a step, and make the loss a mean",
  };
}

function otherOptimizer(others: ReadonlySet<object>): Finding {
  const kinds = [...new Set(Array.from(others, (each) => each.constructor.name))].join(", ");
  const anew = others.size > 1;
  return {
    fault: "otherOptimizer",
    layers: [],
    verdict: anew
      ? `the step makes an optimizer (${kinds}) anew each time it is taken: what it remembers, as momentum and Adam's averages, is lost`
      : `the step calls another optimizer (${kinds}) than the one that is given`,
    evidence: { optimizers: others.size },
    cure: "make the optimizer once, before the first step, and use it in all of them",
  };
}

function undoing(share: number): Finding {
  return {
    fault: "stepUndone",
    layers: [],
    verdict: `of what the optimizer changes, ${(100 * share).toFixed(0)}% is left when the step ends: something takes it back`,
    evidence: { left: share },
    cure: "look for loadStateDict, assign, and the swap of an average without a second one that swaps back; keep averages in a copy of the model",
  };
}

function pile(found: number, expected: number): Finding {
  return {
    fault: "gradientsPileUp",
    layers: [],
    verdict: "gradients of the steps before are still there when the optimizer steps: they pile up",
    evidence: { found, expected },
    cure: "call optimizer.zeroGrad() before backward(loss) in each step",
  };
}
