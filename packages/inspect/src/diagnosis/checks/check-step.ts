import { defaultGenerator } from "@tapegrad/tensor";
import { type Check, cannotTell, defineCheck } from "../define-check.ts";
import { type Finding, named, type Outcome, shown } from "../finding.ts";
import { gradientFindings, type StepLook, unexplained } from "../gradient-findings.ts";
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
  sumOf,
  type TakeStep,
} from "../step-look.ts";
import type { Trial } from "../trial.ts";

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
 * - `g = 0`, or `c` below 0.001: gradients were forgotten between `backward` and `step`, or clipped to nothing. If the step calls no part of
 *   the model, it learns another one.
 * - `g = c·e` for a whole `c` from 2 on: `backward` ran c times, the loss is a sum, or those of c batches were gathered and not divided.
 * - `g = −c·e`: the loss is climbed, as one with a minus sign is.
 * - `g = e + g₋₁` from the second step on: gradients of steps before are still there, `zeroGrad` was forgotten; perhaps of some
 *   parameters alone, which are named.
 *
 * Further, exact: the step gives the same gradients for a batch with other inputs, so it does not learn the batch that it is given.
 *
 * Schedules that the step moves stay where they are, but are played ahead, for as many steps as the loader has batches: it is a fault if the rate
 * falls to a tenth, and is that low or lower for nine times as many steps as it took (four times, if it took five at most); if the schedule is over
 * before, counted from its beginning; or if half a cosine goes up and down, again and again. Beyond that, for 1,000 steps or ten epochs, a fall
 * within 5 steps is a fault, and a later one a hint, as is a schedule that is over after 200 steps or fewer. None is played for over 50,000 steps. A rate that is set by hand must not fall to less than a tenth in three steps, a hint
 * from half of it on. What the optimizer changed must be there when the step ends: if less than 0.6 of it is left, and nothing else was
 * changed, the step is undone, as by weights that are restored, or by an average that is written into the model.
 *
 * A part of 2% of `g` that is neither, as that of a penalty or of augmented inputs, and nothing is said of gradients. Also found: the
 * optimizer is never called, or another one in its place, perhaps one that is made anew in each step, or beside it, for the same parameters;
 * the whole model is in eval mode when it is, or, as a hint, some batch norms that are not frozen; and the default generator is left where it
 * was a step before, though it was moved in between, for `manualSeed` is called in each.
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
    const draws: string[] = [];
    // A sum, not a list: it may be of as many as there are steps.
    let gathered: Gradients = new Map();
    let batches = 0;
    for (let i = 0; i < most && looks.length < wanted; i++) {
      // Elsewhere than the step before has left it, unless each step seeds it.
      defaultGenerator().next();
      gathered = sumOf(gathered, await expectedGradients(trial));
      batches++;
      const look = await lookAtStep(trial, optimizer, step, seen);
      if (look === null && looks.length === 0 && i + 1 >= wanted && others.size > 0) break;
      if (look === null) continue;
      if (look.allInEval) return { answer: "it learns in eval mode", findings: [learnsInEval()] };
      looks.push({ ...look, expected: meanOf(gathered, batches), batches });
      draws.push(stateOfDraws());
      [gathered, batches] = [new Map(), 0];
    }
    if (looks.length === 0 && others.size > 0)
      return { answer: "another optimizer is called", findings: [otherOptimizer(others)] };
    if (looks.length === 0) return { answer: "the optimizer is never called", findings: [neverSteps()] };
    const rate = seen.schedules.some
      ? seen.schedules.outlook(optimizer, looks.length, lengthOf(trial.options.loader))
      : byHand(before, rateOf(optimizer), looks.length);
    const undone = looks.find(isUndone);
    const lasting = [
      ...(rate.findings ?? []),
      ...(undone === undefined ? [] : [undoing(undone.kept!)]),
      ...besides(optimizer, others),
      ...(draws.length > 1 && draws.at(-1) === draws.at(-2) ? [seededAnew()] : []),
    ];
    const hints = [...(rate.hints ?? []), ...heldNorms(looks)];
    if (await ignoresBatch(trial, optimizer, step)) return { answer: "it ignores the batch", findings: [ignoring()] };
    const findings = await gradientFindings(trial.model, looks);
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

/** Where the default generator is. */
function stateOfDraws(): string {
  return JSON.stringify(defaultGenerator().getState());
}

/** Other optimizers that move what the given one has. */
function besides(optimizer: InspectedOptimizer, others: ReadonlySet<object>): readonly Finding[] {
  const own = new Set<unknown>(optimizer.paramGroups.flatMap(({ params }) => params));
  const beside = [...others].filter((other) =>
    (other as InspectedOptimizer).paramGroups.some(({ params }) => params.some((each) => own.has(each))),
  );
  if (beside.length === 0) return [];
  return [
    {
      fault: "otherOptimizer",
      layers: [],
      verdict: `the step calls another optimizer (${beside[0]!.constructor.name}) beside the one that is given, and both move the same parameters`,
      evidence: { optimizers: 1 + beside.length },
      cure: "give each parameter to one optimizer",
    },
  ];
}

/** Batch norms that were in train mode, and in eval mode when the optimizer was called. */
function heldNorms(looks: readonly StepLook[]): readonly Finding[] {
  const layers = [...new Set(looks.flatMap(({ normsInEval }) => normsInEval))];
  if (layers.length === 0) return [];
  return [
    {
      fault: "learnsInEval",
      layers,
      verdict: `${named(layers)} in eval mode when the step calls the optimizer: running statistics do not follow the weights`,
      evidence: { layers: layers.length },
      cure: "look for eval() of a part of the model; freeze() holds it in eval mode on purpose",
    },
  ];
}

function seededAnew(): Finding {
  return {
    fault: "seededAnew",
    layers: [],
    verdict: "the step seeds the default generator: masks of dropout, noise and orders are the same in every step",
    evidence: {},
    cure: "call manualSeed once, before training; what shall be the same in each step can have a Generator of its own",
  };
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
