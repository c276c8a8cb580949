import { Adam } from "@tapegrad/optim/adam";
import { type Course, runCourse } from "../course.ts";
import { deadLayers } from "../dead-units.ts";
import { type Check, cannotTell, defineCheck } from "../define-check.ts";
import type { Finding, Outcome } from "../finding.ts";
import { isHeldLow } from "../held-rate.ts";
import type { InspectedOptimizer } from "../options.ts";
import { hasFallen, hasRisen, type LossScale, scaleOf } from "../progress.ts";
import type { Trial } from "../trial.ts";

/** Rates at which Adam tries what the optimizer could not. */
const rates = [1e-3, 1e-2, 1e-1, 1e-4, 1e-5];
/** A rise of the loss counts unless it has fallen after so many steps. */
const fewestSteps = 40;

/**
 * Whether the model learns the batch by heart, at least in part: what cannot do that has a fault.
 *
 * The batch is learned for `steps` steps, with the optimizer as it is. The losses before and after are of the same masks of dropout. It is
 * enough if the loss falls by 1% of its size, so that low rates and small networks pass; how far it came is told. If it does not, Adam
 * tries with rates of 0.001, 0.01, 0.1, 0.0001 and 0.00001: if one of them learns, the optimizer or its rate is at fault, else model, loss or batch.
 * A loss below 5% of guessing's has nothing left to fall, nor has one that is 0 in all steps.
 *
 * A rate is too high if the loss rises by half of guessing's or becomes NaN; a loss that is none of scores must become ten times as large.
 * Nor may it have fallen after twice as many steps, and at least 40: the first steps with momentum may climb before they descend. A rate at
 * which it does not fall is hinted at, unless a schedule holds it low now.
 *
 * @see Karpathy 2019, https://karpathy.github.io/2019/04/25/recipe/
 */
export const checkOverfit: Check = defineCheck("checkOverfit", async (trial): Promise<Outcome> => {
  const pass = await trial.first();
  const course = await trial.course();
  if (course.losses.length === 0) return cannotTell("no parameter wants a gradient");
  const scale = await scaleOf(trial);
  const answer = `in ${course.losses.length} steps, the loss goes from ${course.before.toPrecision(4)} to ${course.after.toPrecision(4)}`;
  if (course.before < scale.least || hasFallen(course, scale)) return { answer };
  if (course.losses.every((loss) => loss === 0)) return { answer: `${answer}: there is nothing to learn` };
  const { optimizer } = trial.options;
  const maximizes = (optimizer?.paramGroups as readonly { readonly maximize?: unknown }[] | undefined)?.some(
    ({ maximize }) => maximize === true,
  );
  if (maximizes) return { answer: `${answer}; the optimizer maximizes` };
  // What moves nothing, checkUpdates finds.
  if (optimizer !== null && course.updates.every(({ update }) => update === 0)) return { answer };
  const rate = await rateThatLearns(trial, scale);
  if (rate === null) {
    const finding = cannotLearn(course);
    const byChance = (await deadLayers(pass)).some((layer) => layer.byChance);
    return { answer, [byChance ? "hints" : "findings"]: [finding] };
  }
  if (optimizer === null || isHeldLow(optimizer)) return { answer: `${answer}; with Adam at ${rate} it falls` };
  const rose = hasRisen(course, scale) && !hasFallen(await longer(trial, optimizer), scale);
  const lr = optimizer.paramGroups[0]?.lr ?? NaN;
  return { answer, [rose ? "findings" : "hints"]: [badRate(course, lr, rate, rose)] };
});

/** The course that goes on until a rise at the start is over. */
async function longer(trial: Trial, optimizer: InspectedOptimizer): Promise<Course> {
  const course = await runCourse(trial, optimizer, { steps: Math.max(fewestSteps, 2 * trial.options.steps) });
  trial.restore();
  return course;
}

async function rateThatLearns(trial: Trial, scale: LossScale): Promise<number | null> {
  for (const lr of rates) {
    trial.restore();
    const trained = trial.model.parameters().filter(({ requiresGrad }) => requiresGrad);
    const course = await runCourse(trial, new Adam(trained, { lr }));
    trial.restore();
    if (hasFallen(course, scale)) return lr;
  }
  return null;
}

function cannotLearn({ losses, before, after }: Course): Finding {
  return {
    fault: "cannotOverfit",
    layers: [],
    verdict: `the model cannot learn the batch by heart: in ${losses.length} steps, the loss goes from ${before.toPrecision(3)} to ${after.toPrecision(3)}`,
    evidence: { before, after, steps: losses.length },
    cure: "mend what else is found; then look whether the loss is the one that is meant, and whether outputs can take the values of the targets",
  };
}

function badRate({ losses, before, after }: Course, lr: number, better: number, rose: boolean): Finding {
  return {
    fault: "learningRate",
    layers: [],
    verdict: rose
      ? `the learning rate of ${lr} is too high: the loss goes from ${before.toPrecision(3)} to ${after.toPrecision(3)}, and with Adam at ${better} it falls`
      : `at a learning rate of ${lr}, the loss hardly falls in ${losses.length} steps, and with Adam at ${better} it does`,
    evidence: { lr, before, after, steps: losses.length, better },
    cure: rose
      ? "divide the learning rate by 10 until the loss falls; findLearningRate suggests one"
      : "multiply the learning rate by 10 until the loss falls",
  };
}
