import { BatchNorm } from "@tapegrad/nn/batch-norm";
import { generatorsOf } from "@tapegrad/nn/internal";
import { noGrad, type Tensor } from "@tapegrad/tensor";
import { varMean } from "@tapegrad/tensor/ops/var-mean";
import { normals } from "@tapegrad/tensor/random";
import { type Check, cannotTell, defineCheck } from "../define-check.ts";
import { type Finding, named, type Outcome } from "../finding.ts";
import { farthest, sumOver } from "../measures.ts";
import { type Pass, runPass } from "../pass.ts";
import { guessingLoss, lossOfZeros } from "../progress.ts";
import type { Trial } from "../trial.ts";

/** The part of guessing's loss, and of that of outputs that are 0, below which a model knows something. */
const knows = { scores: 0.5, numbers: 0.25 };
/** The part of guessing's loss from which on it knows hardly anything. */
const lost = 0.8;
/** What may be left of the statistics that a layer begins with, for them to be worth something. */
const warm = 0.05;
/** So many deviations, or powers of e, statistics lie apart. */
const apart = 1;

/**
 * Whether eval mode is a function: the same inputs give the same outputs, whatever generators draw, and no parameter or buffer moves.
 *
 * Outputs that are NaN in this mode alone come of running statistics, once these have seen a batch.
 *
 * Running statistics belong to other weights, or to other data, if the model knows something with those of the batch, and hardly anything with
 * the running ones: a loss below 0.5 of guessing's, or 0.25 of that of outputs that are 0, and one above 0.8. Named are the batch norms whose
 * statistics are not the batch's, by a deviation, or by a factor of e in the variance. If none of them has ever seen a batch, it is enough
 * that the loss is larger. Nothing is said while 5% of what a layer begins with is left, as in the first steps.
 *
 * The first is exact: the model runs twice in eval mode, the generators going on in between, and outputs are compared bit by bit; versions of storages
 * tell what was written. Named is the first layer that answers the same inputs with other outputs.
 */
export const checkEvalMode: Check = defineCheck("checkEvalMode", async (trial): Promise<Outcome> => {
  trial.restore();
  const { model } = trial;
  model.eval();
  const state = [...model.namedParameters(), ...model.namedBuffers()];
  const versions = state.map(([, { storage }]) => storage.version);
  const first = runPass(model, { inputs: trial.inputs, recorded: false });
  const moved = state.filter(([, { storage }], i) => storage.version !== versions[i]).map(([name]) => name);
  for (const generator of generatorsOf(model)) normals(generator, 7);
  const second = runPass(model, { inputs: trial.inputs, recorded: false });
  trial.restore();
  if (first.outputs === null || second.outputs === null) return cannotTell("the model does not run in eval mode");
  const findings = moved.length === 0 ? [] : [moves(moved)];
  if (await differ(first.outputs, second.outputs)) findings.push(random(await firstRandom(first, second)));
  const invalid = sumOver(await first.outputs.data(), (value) => Number(Number.isNaN(value)));
  if (invalid > 0 && trial.untouched.size === 0 && Number.isFinite((await trial.first()).value))
    findings.push(onlyInEval(invalid));
  if (findings.length === 0) findings.push(...(await stale(trial, first.outputs)));
  return {
    answer: findings.length === 0 ? "outputs are the same again, and nothing moves" : findings[0]!.verdict,
    findings,
  };
});

async function differ(one: Tensor, other: Tensor): Promise<boolean> {
  return farthest(await one.data(), await other.data()) > 0;
}

async function firstRandom(first: Pass, second: Pass): Promise<string> {
  for (const [i, { op, layer, outputs }] of first.ops.entries()) {
    const twin = second.ops[i];
    if (twin?.op !== op) return layer;
    for (const [k, output] of outputs.entries()) if (await differ(output, twin.outputs[k]!)) return layer;
  }
  return "";
}

function moves(names: readonly string[]): Finding {
  return {
    fault: "movesInEval",
    layers: names,
    verdict: `a forward pass in eval mode changes ${names.join(", ")}`,
    evidence: { changed: names.length },
    cure: "write buffers in train mode only: `if (this.training)`; batchNorm takes training: this.training",
  };
}

function random(layer: string): Finding {
  return {
    fault: "randomInEval",
    layers: [layer],
    verdict: `the outputs are random in eval mode: ${layer === "" ? "the model's own forward" : layer} draws numbers there`,
    evidence: {},
    cure: "use the layer Dropout, or tell dropout the mode: dropout(x, p, { training: this.training })",
  };
}

function onlyInEval(values: number): Finding {
  return {
    fault: "notFinite",
    layers: [],
    verdict: "outputs are NaN in eval mode, and not in train mode",
    evidence: { values },
    cure: "look at the running statistics: a variance below 0, as of a momentum beyond 1 or of a damaged file, has no root",
  };
}

type Evidence = Readonly<Record<"loss" | "lossWithBatch" | "guessing", number>>;

/** Running statistics with which a model that has learned something knows nothing. */
async function stale(trial: Trial, outputs: Tensor): Promise<readonly Finding[]> {
  const { model, options, targets, inputs } = trial;
  const norms = model
    .namedModules()
    .filter((each): each is [string, BatchNorm] => each[1] instanceof BatchNorm && each[1].runningMean !== null);
  if (norms.length === 0) return [];
  const seen = await Promise.all(norms.map(async ([, norm]) => (await norm.numBatchesTracked?.item()) ?? 0));
  const left = norms.map(([, { momentum }], i) =>
    momentum === null ? Number(seen[i] === 0) : (1 - momentum) ** seen[i]!,
  );
  if (left.some((part, i) => seen[i]! > 0 && part > warm)) return [];
  const ofScores = await guessingLoss(trial);
  const guessing = ofScores ?? (await lossOfZeros(trial));
  const lossOf = async (given: Tensor): Promise<number> => noGrad(() => options.lossOf(given, targets)).item();
  const loss = await lossOf(outputs);
  const fresh = seen.every((batches) => batches === 0) && (await areNew(norms.map(([, norm]) => norm)));
  if (!fresh && !(loss > lost * guessing)) return [];
  model.eval();
  for (const [, norm] of norms) norm.training = true;
  const pass = runPass(model, { inputs, recorded: false });
  trial.restore();
  if (pass.outputs === null) return [];
  const withBatch = await lossOf(pass.outputs);
  const known = (ofScores === null ? knows.numbers : knows.scores) * guessing;
  if (!(guessing > 0 && withBatch < known && withBatch < loss)) return [];
  const evidence = { loss, lossWithBatch: withBatch, guessing };
  if (fresh)
    return [
      withoutStatistics(
        norms.map(([name]) => name),
        evidence,
      ),
    ];
  const layers: string[] = [];
  for (const [name, norm] of norms) {
    const run = pass.ops.find(({ op, layer }) => op === "batchNorm" && layer === name);
    if (run !== undefined && (await statisticsDistance(norm, run.inputs[0]!)) > apart) layers.push(name);
  }
  return layers.length === 0 ? [] : [otherStatistics(layers, evidence)];
}

/** Whether running statistics are what layers begin with. Where a checkpoint does not say how many batches they have seen, 0 says nothing. */
async function areNew(norms: readonly BatchNorm[]): Promise<boolean> {
  for (const { runningMean, runningVar } of norms) {
    const [mean, variance] = [await runningMean!.data(), await runningVar!.data()];
    if (!mean.every((value) => value === 0) || !variance.every((value) => value === 1)) return false;
  }
  return true;
}

/** How far the statistics of inputs lie from running ones: the root mean square of the means' distances, or of the logarithms of the variances' ratios. */
async function statisticsDistance({ runningMean, runningVar, eps }: BatchNorm, x: Tensor): Promise<number> {
  const others = x.shape.flatMap((_, axis) => (axis === 1 ? [] : [axis]));
  const [variances, means] = noGrad(() => varMean(x, others, { correction: 0 }));
  const [variance, mean] = [await variances.data(), await means.data()];
  const [oldMean, oldVariance] = [await runningMean!.data(), await runningVar!.data()];
  let [shift, ratio] = [0, 0];
  for (let i = 0; i < mean.length; i++) {
    shift += (mean[i]! - oldMean[i]!) ** 2 / (oldVariance[i]! + eps);
    ratio += Math.log((variance[i]! + eps) / (oldVariance[i]! + eps)) ** 2;
  }
  return Math.sqrt(Math.max(shift, ratio) / mean.length);
}

function withoutStatistics(layers: readonly string[], evidence: Evidence): Finding {
  return {
    fault: "staleStatistics",
    layers,
    verdict: `the model has learned, and the running statistics of ${named(layers)} are those of a new layer: it does worse in eval mode`,
    evidence,
    cure: "load buffers together with weights, with strict left on; updateBatchNorm(model, loader) computes statistics anew",
  };
}

function otherStatistics(layers: readonly string[], evidence: Evidence): Finding {
  return {
    fault: "staleStatistics",
    layers,
    verdict: `the running statistics of ${named(layers)} do not belong to the weights, or to this data: with those of the batch the model knows something, in eval mode hardly anything`,
    evidence,
    cure: "load buffers together with weights; updateBatchNorm(model, loader) computes statistics anew, as for averaged weights and other data",
  };
}
