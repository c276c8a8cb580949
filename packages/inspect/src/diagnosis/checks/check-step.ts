import { grad } from "@tapegrad/autograd";
import { copyOf } from "@tapegrad/nn/internal";
import type { Parameter } from "@tapegrad/nn/parameter";
import type { Tensor } from "@tapegrad/tensor";
import type { Examples } from "../../training/supervised.ts";
import { type Check, cannotTell, defineCheck } from "../define-check.ts";
import { type Finding, type Outcome, shown } from "../finding.ts";
import { dotOf, farthest } from "../measures.ts";
import type { InspectedOptimizer } from "../options.ts";
import { runPass } from "../pass.ts";
import type { Trial } from "../trial.ts";

/** How much of a gradient may be left unexplained. */
const unexplained = 0.02;
/** A part of the gradient that is as good as none. */
const nothing = 1e-3;
/** What may be left of the learning rate after three steps, and where it is a fault. */
const fallen = 0.9;
const collapsed = 0.5;

/**
 * Whether a training step of your own gives the optimizer the gradient of the loss: once, and of this batch alone.
 *
 * The step is taken three times. Whenever it calls the optimizer's `step`, the gradients `g` that lie there are compared with `e`, those of
 * the loss that was given, computed apart with the same weights and masks. With `c = ⟨g, e⟩/⟨e, e⟩`:
 *
 * - `g = 0`, or `c` below 0.001: gradients were forgotten between `backward` and `step`, or clipped to nothing.
 * - `g = c·e` for a whole `c` from 2 on: `backward` ran c times, or the loss is a sum.
 * - `g = e + g₋₁` from the second step on: gradients of steps before are still there, `zeroGrad` was forgotten.
 *
 * Further, exact: the step gives the same gradients for a batch with other inputs, so it does not learn the batch that it is given. And the
 * learning rate falls to less than half within the three steps, as when a schedule of epochs is moved at each step; a hint if it falls to
 * less than 0.9.
 *
 * A part of 2% of `g` that is neither, as that of a penalty or of augmented inputs, and nothing is said of gradients. Also found: the
 * optimizer is never called in three steps, and the whole model is in eval mode when it is.
 */
export const checkStep: Check = defineCheck("checkStep", async (trial): Promise<Outcome> => {
  const { step, optimizer } = trial.options;
  if (step === null) return cannotTell("no step of your own was given");
  if (optimizer === null) return cannotTell("the optimizer of the step is needed");
  trial.restore();
  try {
    const looks: Look[] = [];
    const before = rateOf(optimizer);
    for (let i = 0; i < 3; i++) {
      const expected = await expectedGradients(trial);
      const seen = await gradientsInStep(trial, optimizer, step);
      if (seen === null) continue;
      if (seen.allInEval) return { answer: "it learns in eval mode", findings: [learnsInEval()] };
      looks.push({ expected, found: seen.gradients });
    }
    if (looks.length === 0) return { answer: "the optimizer is never called", findings: [neverSteps()] };
    if (looks.length < 3) return cannotTell("it does not always call the optimizer, as where gradients are gathered");
    const after = rateOf(optimizer);
    const fall = after < fallen * before ? [collapse(before, after)] : [];
    const ofRate = { [after < collapsed * before ? "findings" : "hints"]: fall };
    if (await ignoresBatch(trial, optimizer, step)) return { answer: "it ignores the batch", findings: [ignoring()] };
    const findings = await gradientFindings(looks);
    if (findings === null)
      return {
        ...cannotTell("the step's gradients are not those of the loss: it may have a penalty, or change its inputs"),
        ...ofRate,
      };
    const answer = findings.length === 0 ? "the optimizer gets the gradient of the batch" : findings[0]!.verdict;
    return { answer, hints: ofRate["hints"] ?? [], findings: [...findings, ...(ofRate["findings"] ?? [])] };
  } finally {
    trial.restore();
  }
});

type TakeStep = (batch: Examples) => unknown;
type Gradients = ReadonlyMap<Parameter, Tensor>;

interface Look {
  readonly expected: Gradients;
  readonly found: Gradients;
}

function rateOf({ paramGroups }: InspectedOptimizer): number {
  return Math.max(...paramGroups.map(({ lr }) => lr));
}

/** Whether the step gives the optimizer the same gradients, bit by bit, for a batch with other inputs. */
async function ignoresBatch(trial: Trial, optimizer: InspectedOptimizer, step: TakeStep): Promise<boolean> {
  const { targets } = trial;
  trial.restore();
  const seen = await gradientsInStep(trial, optimizer, step);
  trial.restore();
  const other = await gradientsInStep(trial, optimizer, step, { inputs: trial.changed, targets });
  if (seen === null || other === null || (await dot(seen.gradients, seen.gradients)) === 0) return false;
  for (const [parameter, gradient] of seen.gradients) {
    const twin = other.gradients.get(parameter);
    if (twin === undefined || farthest(await gradient.data(), await twin.data()) > 0) return false;
  }
  return true;
}

/** The gradients of the loss, here and now. What the pass moved is put back. */
async function expectedGradients(trial: Trial): Promise<Gradients> {
  const { model, options, targets, inputs } = trial;
  const again = trial.noteNow();
  const { loss } = runPass(trial.learning(), {
    inputs: inputs.detach(),
    lossOf: (outputs) => options.lossOf(outputs, targets),
  });
  again();
  const wanted = model.parameters().filter(({ requiresGrad }) => requiresGrad);
  if (loss === null || !loss.requiresGrad || wanted.length === 0) return new Map();
  const found = grad(loss, wanted, { allowUnused: true });
  return new Map(wanted.flatMap((parameter, i) => (found[i] === null ? [] : [[parameter, found[i]!] as const])));
}

/** What lies in the parameters' gradients when the step calls the optimizer; null if it never does. */
async function gradientsInStep(
  { model, options }: Trial,
  optimizer: InspectedOptimizer,
  step: TakeStep,
  batch: Examples = options.batch,
): Promise<{ readonly gradients: Gradients; readonly allInEval: boolean } | null> {
  let seen: { readonly gradients: Gradients; readonly allInEval: boolean } | null = null;
  const own = Object.getOwnPropertyDescriptor(optimizer, "step");
  const original = optimizer.step;
  const watched = (...given: readonly unknown[]): unknown => {
    seen ??= {
      gradients: new Map(
        model.parameters().flatMap((each) => (each.ownGrad === null ? [] : [[each, copyOf(each.ownGrad)] as const])),
      ),
      allInEval:
        model.modules().every(({ training }) => !training) && model.modules().some((each) => each.modeSensitive),
    };
    return Reflect.apply(original, optimizer, given);
  };
  Object.defineProperty(optimizer, "step", { value: watched, configurable: true, writable: true });
  try {
    await step(batch);
  } finally {
    if (own === undefined) Reflect.deleteProperty(optimizer, "step");
    else Object.defineProperty(optimizer, "step", own);
  }
  return seen;
}

/** ⟨a, b⟩ over all parameters that both have. */
async function dot(a: Gradients, b: Gradients): Promise<number> {
  let sum = 0;
  for (const [parameter, one] of a) {
    const other = b.get(parameter);
    if (other !== undefined) sum += await dotOf(one, other);
  }
  return sum;
}

/** Null if the gradients are explained by nothing that is known. */
async function gradientFindings(looks: readonly Look[]): Promise<readonly Finding[] | null> {
  for (const [i, { expected, found }] of looks.entries()) {
    const [ee, gg, ge] = [await dot(expected, expected), await dot(found, found), await dot(found, expected)];
    if (ee === 0) continue;
    const factor = ge / ee;
    if (Math.sqrt(gg / ee) < nothing) return [lost(Math.sqrt(gg), Math.sqrt(ee))];
    const rest = Math.max(0, gg - (ge * ge) / ee) / gg;
    const before = looks[i - 1]?.found;
    if (before !== undefined && (await isPile(found, expected, before, gg)))
      return [pile(Math.sqrt(gg), Math.sqrt(ee))];
    if (rest > unexplained ** 2) return null;
    const whole = Math.round(factor);
    if (whole >= 2 && Math.abs(factor - whole) < unexplained * whole) return [scaled(whole)];
  }
  return [];
}

/** Whether g = e + g₋₁. */
async function isPile(found: Gradients, expected: Gradients, before: Gradients, gg: number): Promise<boolean> {
  const bb = await dot(before, before);
  if (bb < nothing * gg) return false;
  const [ee, ge] = [await dot(expected, expected), await dot(found, expected)];
  const [gb, eb] = [await dot(found, before), await dot(expected, before)];
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

function collapse(before: number, after: number): Finding {
  return {
    fault: "rateCollapses",
    layers: [],
    verdict: `the learning rate falls from ${shown(before)} to ${shown(after)} in three steps: the schedule is moved too often`,
    evidence: { before, after, steps: 3 },
    cure: "move a schedule that counts epochs once an epoch, and give one that is moved at each step the number of all steps",
  };
}

function neverSteps(): Finding {
  return {
    fault: "stepsWithoutOptimizer",
    layers: [],
    verdict: "the step never calls the optimizer's step(), so nothing is learned",
    evidence: { calls: 0 },
    cure: "call optimizer.step() after backward(loss); where gradients of more than three batches are gathered, all is well",
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

function scaled(factor: number): Finding {
  return {
    fault: "gradientsScaled",
    layers: [],
    verdict: `the optimizer steps on ${factor} times the gradient of the loss`,
    evidence: { factor },
    cure: "call backward(loss) once in a step, and make the loss a mean",
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
