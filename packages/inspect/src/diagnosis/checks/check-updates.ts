import { type Check, cannotTell, defineCheck } from "../define-check.ts";
import { type Finding, named, type Outcome } from "../finding.ts";
import { isHeldLow } from "../held-rate.ts";
import { medianOf } from "../measures.ts";
import { hasFallen, hasRisen, scaleOf } from "../progress.ts";
import type { Trial } from "../trial.ts";

/** A step that changes weights by more of their norm than this is no small step. */
const largest = 0.5;
/** Weights that change by less in a step need a million of them. */
const smallest = 1e-6;

/**
 * Whether a step of the optimizer changes weights by a sensible part of themselves: `‖Δw‖ / ‖w‖`, in the first step, for weights
 * of two axes or more. About 0.001 is usual.
 *
 * - Nothing moves, though there are gradients, or a group has a rate of 0: exact.
 * - The median above 0.5, or below a millionth, of the weights that the optimizer has. Where a schedule holds the rate below a hundredth
 *   of what it is made for, as at the start of a warm-up, steps that are too small are told only. The first is only hinted at if the loss falls all the same, as with Adam's first steps;
 *   a loss that is none of scores must rise.
 * - The loss is climbed: an optimizer that maximizes.
 *
 * @see Karpathy, https://cs231n.github.io/neural-networks-3/#ratio
 */
export const checkUpdates: Check = defineCheck("checkUpdates", async (trial): Promise<Outcome> => {
  const { optimizer } = trial.options;
  if (optimizer === null) return cannotTell("there is no optimizer");
  const course = await trial.course();
  const { updates } = course;
  const optimized = new Set(optimizer.paramGroups.flatMap(({ params }) => params));
  const own = new Set(trial.model.namedParameters().flatMap(([name, each]) => (optimized.has(each) ? [name] : [])));
  const moving = updates.filter(({ name, gradient }) => own.has(name) && gradient !== null && gradient > 0);
  if (moving.length === 0) return cannotTell("no parameter has a gradient");
  const groups = optimizer.paramGroups as readonly Readonly<Record<string, unknown>>[];
  if (groups.some(({ maximize }) => maximize === true)) return { answer: "the optimizer climbs", hints: [climbing()] };
  if (moving.every(({ update }) => update === 0)) {
    if (isHeldLow(optimizer)) return { answer: "a schedule holds the learning rate low now" };
    return {
      answer: "nothing moves",
      findings: [
        still(
          moving.map(({ name }) => name),
          Number(groups[0]!["lr"]),
        ),
      ],
    };
  }
  const idle = stillIn(trial, groups);
  if (idle.length > 0) return { answer: "a group of parameters has a rate of 0", findings: [still(idle, 0)] };
  const ratios = moving
    .filter(({ rank, weight }) => rank > 1 && weight > 0)
    .map(({ update, weight }) => update / weight);
  if (ratios.length === 0) return cannotTell("there are no weights but zeros");
  const median = medianOf(ratios);
  const answer = `a step changes weights by ${median.toPrecision(2)} of themselves`;
  if (median < smallest)
    return isHeldLow(optimizer)
      ? { answer: `${answer}: a schedule holds the learning rate low now` }
      : { answer, findings: [tooSmall(median, ratios)] };
  if (median <= largest) return { answer };
  const scale = await scaleOf(trial);
  const fails = hasRisen(course, scale) || (scale.ofScores && !hasFallen(course, scale));
  return { answer, [fails ? "findings" : "hints"]: [tooLarge(median, ratios)] };
});

/** Parameters of groups with a rate of 0, beside others that move; but for those that a schedule holds there. */
function stillIn({ model }: Trial, groups: readonly Readonly<Record<string, unknown>>[]): readonly string[] {
  const held = groups.filter(({ lr, initialLr }) => lr === 0 && !(typeof initialLr === "number" && initialLr > 0));
  const params = new Set(held.flatMap((group) => group["params"] as readonly unknown[]));
  return model.namedParameters().flatMap(([name, each]) => (params.has(each) && each.requiresGrad ? [name] : []));
}

function climbing(): Finding {
  return {
    fault: "climbs",
    layers: [],
    verdict: "the optimizer maximizes: each step makes the loss larger",
    evidence: {},
    cure: "leave out maximize, unless the loss is what shall be large",
  };
}

function still(names: readonly string[], lr: number): Finding {
  return {
    fault: "nothingMoves",
    layers: names,
    verdict: `the optimizer's step does not move ${named(names)}, though they have gradients: the learning rate is ${lr}`,
    evidence: { lr, parameters: names.length },
    cure: "give a learning rate above 0; findLearningRate suggests one",
  };
}

const evidenceOf = (median: number, ratios: readonly number[]): Readonly<Record<string, number>> => ({
  median,
  smallest: Math.min(...ratios),
  largest: Math.max(...ratios),
});

function tooLarge(median: number, ratios: readonly number[]): Finding {
  return {
    fault: "updateTooLarge",
    layers: [],
    verdict: `the first step changes weights by ${(100 * median).toPrecision(3)}% of themselves: what they were is lost`,
    evidence: evidenceOf(median, ratios),
    cure: "lower the learning rate until a step changes weights by about 0.1%; findLearningRate suggests one",
  };
}

function tooSmall(median: number, ratios: readonly number[]): Finding {
  return {
    fault: "updateTooSmall",
    layers: [],
    verdict: `a step changes weights by ${median.toPrecision(2)} of themselves: learning would take millions of steps`,
    evidence: evidenceOf(median, ratios),
    cure: "raise the learning rate until a step changes weights by about 0.1%; findLearningRate suggests one",
  };
}
