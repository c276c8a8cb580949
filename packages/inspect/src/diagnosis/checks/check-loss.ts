import { grad } from "@tapegrad/autograd";
import { noGrad, type Tensor } from "@tapegrad/tensor";
import { roll } from "@tapegrad/tensor/ops/roll";
import { slice } from "@tapegrad/tensor/ops/slice";
import { classesOf } from "../classes.ts";
import { type Check, cannotTell, defineCheck } from "../define-check.ts";
import { type Finding, named, type Outcome } from "../finding.ts";
import { farthest, largestOver, rowsOf } from "../measures.ts";
import type { OpRun } from "../pass.ts";
import type { Trial } from "../trial.ts";

/** Up to which relative distance two losses are the same but for rounding. */
const rounding = 1e-4;

/**
 * Whether the loss is a mean over the batch, pairs outputs with targets one to one, and looks at the targets.
 *
 * - Summed: the loss of the batch is that of its halves together, `L = L₁ + L₂`, to 0.01%, and not their mean. Learning rates then mean
 *   something else for each size of batch. It cannot be told of a loss that throws for half of the batch, as one with a weight for each
 *   of its examples does.
 * - A mean of a mean: `L₁ + L₂ = 4·L`, where a mean has 2, of halves of one size.
 * - Broadcast: an op of the loss takes `[n, 1]` and targets `[n]`, or the like, to `[n, n]`: every output is compared with every target.
 * - Negative: a cross-entropy never is, so its sign was turned, or targets that shall lie between 0 and 1 do not.
 * - Ignores its targets, as a hint: the loss is the same, bit by bit, with the targets of other examples. That may be meant, as in
 *   autoencoders.
 * - Ignores a class, as a hint: no example of it has a gradient, and others have. Its weight is 0, or it is the one that `ignoreIndex` leaves
 *   out.
 */
export const checkLoss: Check = defineCheck("checkLoss", async (trial): Promise<Outcome> => {
  const pass = await trial.first();
  const { outputs, loss, value, ops } = pass;
  const broadcast = ops.find((run) => isBroadcast(run, trial.targets));
  if (broadcast !== undefined) return { answer: `${broadcast.op} broadcasts`, findings: [broadcasting(broadcast)] };
  if (outputs === null || loss === null || !Number.isFinite(value)) return cannotTell("there is no finite loss");
  const kind = (await trial.scores())?.kind;
  if (value < 0 && kind !== undefined && kind !== "nll")
    return { answer: "it is negative", findings: [negative(value)] };
  if (trial.count < 2 || outputs.shape[0] !== trial.count || trial.targets.shape[0] !== trial.count)
    return cannotTell("the batch cannot be halved");
  const hints = (await ignoresTargets(trial, outputs)) ? [ignoring(value)] : await ignoredClasses(trial, outputs, loss);
  const halves = lossesOfHalves(trial, outputs);
  if (halves === null) return { ...cannotTell("the loss throws for half of the batch"), hints };
  const times = await timesOfWhole(value, halves);
  if (isNear(times, 1)) return { answer: "a sum over the batch", findings: [summed(value, trial.count)], hints };
  if (isNear(times, 4))
    return { answer: "divided by the batch twice", findings: [meanedTwice(value, trial.count)], hints };
  return { answer: "a mean over the batch", hints };
});

/** Whether an op of the loss pairs each of the targets with each of something else. */
function isBroadcast({ inLoss, inputs, outputs }: OpRun, targets: Tensor): boolean {
  if (!inLoss || inputs.length !== 2 || outputs.length !== 1 || targets.size < 2) return false;
  const own = inputs.find(({ storage }) => storage === targets.storage);
  const other = inputs.find((input) => input !== own);
  if (own === undefined || other === undefined || other.size !== own.size) return false;
  return outputs[0]!.size === own.size * other.size;
}

function broadcasting({ op, inputs, outputs }: OpRun): Finding {
  const shapes = inputs.map(({ shape }) => `[${shape.join(", ")}]`).join(" and ");
  return {
    fault: "broadcastLoss",
    layers: [],
    verdict: `the loss compares every output with every target: ${op} of ${shapes} gives [${outputs[0]!.shape.join(", ")}]`,
    evidence: { elements: outputs[0]!.size, expected: inputs[0]!.size },
    cure: "bring outputs and targets to one shape, with squeeze(outputs, 1) or unsqueeze(targets, 1)",
  };
}

function negative(loss: number): Finding {
  return {
    fault: "negativeLoss",
    layers: [],
    verdict: `the loss is ${loss.toPrecision(3)}, and a cross-entropy is never negative: what makes it smaller makes the model worse`,
    evidence: { loss },
    cure: "leave out the minus sign; targets of yes and no are 1 and 0",
  };
}

/** Null if the loss throws. */
function lossesOfHalves({ options, targets, count }: Trial, outputs: Tensor): readonly [Tensor, Tensor] | null {
  const half = Math.floor(count / 2);
  const lossOf = (from: number, to: number): Tensor =>
    noGrad(() => options.lossOf(slice(outputs.detach(), 0, from, to), slice(targets, 0, from, to)));
  try {
    return [lossOf(0, half), lossOf(half, count)];
  } catch {
    return null;
  }
}

/** How many times the whole the losses of the halves are together: 2 for a mean. NaN if a half has next to none. */
async function timesOfWhole(whole: number, halves: readonly [Tensor, Tensor]): Promise<number> {
  const [first, second] = [await halves[0].item(), await halves[1].item()];
  const least = Math.min(Math.abs(first), Math.abs(second));
  return least > 0.01 * Math.abs(whole) ? (first + second) / whole : NaN;
}

function isNear(times: number, wanted: number): boolean {
  return Math.abs(times - wanted) <= rounding * wanted;
}

function meanedTwice(loss: number, examples: number): Finding {
  return {
    fault: "meanedTwice",
    layers: [],
    verdict:
      "the loss is a mean, and divided by the number of examples once more: the larger the batch, the smaller the gradients",
    evidence: { loss, asMean: loss * examples, examples },
    cure: "do not divide what is a mean already",
  };
}

function summed(loss: number, examples: number): Finding {
  return {
    fault: "summedLoss",
    layers: [],
    verdict: "the loss is a sum over the batch, not a mean: gradients grow with the batch",
    evidence: { loss, perExample: loss / examples, examples },
    cure: 'use reduction "mean", or divide the loss by the number of examples',
  };
}

async function ignoresTargets({ options, targets }: Trial, outputs: Tensor): Promise<boolean> {
  const rows = await rowsOf(outputs);
  if (farthest(rows.row(0), rows.row(rows.count - 1)) === 0) return false;
  const values = await targets.data();
  const size = values.length / targets.shape[0]!;
  if (values.every((value, i) => i < size || value === values[i - size])) return false;
  const lossOf = async (given: Tensor): Promise<number> => noGrad(() => options.lossOf(outputs.detach(), given)).item();
  return (await lossOf(targets)) === (await lossOf(noGrad(() => roll(targets, 1, 0))));
}

/** Fewest examples of a class that say that it is ignored. */
const fewest = 2;

async function ignoredClasses({ targets, ignored }: Trial, outputs: Tensor, loss: Tensor): Promise<readonly Finding[]> {
  const classes = classesOf(outputs, targets);
  if (classes === null || targets.rank !== 1 || !outputs.requiresGrad || !loss.requiresGrad) return [];
  const [gradient] = grad(loss, [outputs], { retainGraph: true, allowUnused: true });
  if (!gradient) return [];
  const rows = await rowsOf(gradient);
  const labels = [...(await targets.data())];
  const counts = labels.map((_, i) => largestOver(rows.row(i), Math.abs) > 0);
  const of = (label: number): readonly boolean[] => counts.filter((_, i) => labels[i] === label);
  const silent = [...new Set(labels)].filter((label) => of(label).length >= fewest && !of(label).includes(true));
  const without = silent.filter((label) => label >= 0 && label < classes).sort((a, b) => a - b);
  if (without.length === 0 || !counts.includes(true)) return [];
  return [
    {
      fault: "ignoresClass",
      layers: [],
      verdict: `the loss ignores all examples of ${without.length === 1 ? "class" : `${without.length} classes,`} ${named(without.map(String))}${without.includes(ignored) ? ", which ignoreIndex leaves out" : ""}`,
      evidence: { classes: without.length, examples: labels.filter((label) => without.includes(label)).length },
      cure: "look at the class weights of the loss and at its ignoreIndex; a label that counts for nothing is -100 as a rule, not a class",
    },
  ];
}

function ignoring(loss: number): Finding {
  return {
    fault: "ignoresTargets",
    layers: [],
    verdict: "the loss is the same with the targets of other examples: it does not look at them",
    evidence: { loss },
    cure: "use the targets in the loss, unless the model learns without any",
  };
}
