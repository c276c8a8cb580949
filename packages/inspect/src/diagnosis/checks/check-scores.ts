import { noGrad, type Tensor } from "@tapegrad/tensor";
import { abs } from "@tapegrad/tensor/ops/abs";
import { clamp } from "@tapegrad/tensor/ops/clamp";
import { reshape } from "@tapegrad/tensor/ops/reshape";
import { type Check, cannotTell, defineCheck } from "../define-check.ts";
import type { Finding, Outcome } from "../finding.ts";
import { addUpToOne, largestOver, sumOver } from "../measures.ts";
import { makerOf, nameOf, type OpRun, type Pass } from "../pass.ts";
import { wantsTargets } from "../progress.ts";
import type { ScoreChain } from "../score-chain.ts";
import type { Trial } from "../trial.ts";

/** The values that ops can give. */
const ranges: Readonly<Record<string, readonly [low: number, high: number]>> = {
  relu: [0, Infinity],
  softplus: [0, Infinity],
  sigmoid: [0, 1],
  softmax: [0, 1],
  tanh: [-1, 1],
};
/** The part of the targets that may lie outside, and by how much. */
const most = 0.1;
const clearly = 0.05;

/**
 * Whether the loss gets what it expects of the last layer: `crossEntropy` and `bceWithLogitsLoss` logits, `bceLoss` probabilities, `nllLoss`
 * log-probabilities, and others what can become the targets.
 *
 * Read from the recorded ops between the loss and the last layer, so that functions count as layers do; and from values, where
 * probabilities are computed in another way: rows that are positive and add up to 1 within 0.001. A softmax twice bounds the loss from below,
 * at `log(e + K − 1) − 1`, and shrinks gradients; sigmoid, tanh and ReLU bound the logits, and dropout drops them. A second `logSoftmax` changes nothing, and is hinted at.
 *
 * A softmax in the loss over the first axis of outputs that are not square, nor a single column, runs over the batch. Where outputs shall become the targets,
 * a tenth of these lies outside of what the last op can give, by 0.05, and nothing it can give is as good: the model ends with a ReLU, and targets are negative.
 */
export const checkScores: Check = defineCheck("checkScores", async (trial): Promise<Outcome> => {
  const pass = await trial.first();
  const overBatch = softmaxOverBatch(pass);
  if (overBatch !== null) return { answer: "a softmax over the batch", findings: [overBatch] };
  const chain = await trial.scores();
  if (chain === null) return reach(trial, pass);
  const findings = await findingsOf(pass, chain);
  const hints =
    findings.length === 0 && chain.kind !== "nll" && chain.squashes[0]?.op === "logSoftmax" ? [needless()] : [];
  return { answer: `${chain.kind} of ${chain.squashes[0]?.op ?? "scores"}`, findings, hints };
});

/** A softmax that the loss takes of the outputs, over their first axis. */
function softmaxOverBatch(pass: Pass): Finding | null {
  const { ops, outputs } = pass;
  if (outputs === null || outputs.rank < 2 || outputs.shape[1]! < 2 || outputs.shape[0] === outputs.shape[1])
    return null;
  const run = ops.find(({ op, inLoss, inputs: [input], params }) => {
    if (!inLoss || (op !== "softmax" && op !== "logSoftmax") || params !== 0) return false;
    return input!.shape[0] === outputs.shape[0] && makerOf(pass, input!) === makerOf(pass, outputs);
  });
  if (run === undefined) return null;
  return {
    fault: "softmaxOverBatch",
    layers: [],
    verdict: `${run.op} of the outputs in the loss runs over the batch: axis 0 has the examples, axis 1 the classes`,
    evidence: { examples: outputs.shape[0]!, classes: outputs.shape[1]! },
    cure: `take axis 1: ${run.op}(x, 1); or give CrossEntropyLoss the outputs as they are`,
  };
}

/** Whether outputs can become the targets. */
async function reach(trial: Trial, pass: Pass): Promise<Outcome> {
  const told = cannotTell("the loss is none of scores");
  const { outputs } = pass;
  const { targets } = trial;
  const maker = outputs === null ? null : makerOf(pass, outputs);
  const range = ranges[maker?.op ?? ""];
  if (outputs === null || maker === null || range === undefined) return told;
  if (targets.dtype !== "float32" || targets.size !== outputs.size || !(await wantsTargets(trial, outputs)))
    return told;
  const [low, high] = range;
  const values = await targets.data();
  const outside = sumOver(values, (value) => Number(value < low - clearly || value > high + clearly)) / values.length;
  const answer = `outputs of ${maker.op} for numbers`;
  if (!(outside >= most) || (await isAsGood(trial, outputs, range))) return { answer };
  return { answer, findings: [outOfReach(nameOf(pass, maker), maker.op, range, outside)] };
}

/** Whether outputs of the range are no worse than the targets themselves: those nearest to them, or to their absolute values. */
async function isAsGood(
  { options, targets }: Trial,
  { shape }: Tensor,
  [min, max]: readonly [number, number],
): Promise<boolean> {
  const lossOf = (of: (wanted: Tensor) => Tensor): Promise<number> =>
    noGrad(() => options.lossOf(of(reshape(targets, shape)), targets)).item();
  const least = await lossOf((wanted) => wanted);
  const within = [
    (wanted: Tensor) => clamp(wanted, { min, max }),
    (wanted: Tensor) => clamp(abs(wanted), { min, max }),
  ];
  for (const of of within) if ((await lossOf(of)) <= least) return true;
  return false;
}

function outOfReach(name: string, op: string, [low, high]: readonly [number, number], outside: number): Finding {
  const range = high === Infinity ? `${low} and more` : `${low} to ${high}`;
  return {
    fault: "targetsOutOfReach",
    layers: [name],
    verdict: `the model ends with ${op}${name === "" ? "" : ` (${name})`}, which gives ${range}, and ${(100 * outside).toFixed(0)}% of the targets lie outside`,
    evidence: { outside },
    cure: `end with the last linear layer, without ${op}, or bring the targets into its range`,
  };
}

function needless(): Finding {
  return {
    fault: "softmaxTwice",
    layers: [],
    verdict: "logSoftmax is taken twice, in the model and in the loss: the second changes nothing",
    evidence: {},
    cure: "give CrossEntropyLoss the logits, or use NLLLoss",
  };
}

async function findingsOf(pass: Pass, { kind, squashes, read }: ScoreChain): Promise<readonly Finding[]> {
  if (kind === "bce") return (await areWithin(read, 0, 1)) ? [] : [noProbabilities(await lowest(read))];
  const [first, ...others] = squashes;
  if (kind === "nll") {
    if (first?.op === "logSoftmax") return squashOf(pass, others, "logSoftmax");
    if (first?.op === "log") return [];
    if (!(await areLogProbabilities(read))) return [noLogProbabilities(pass, first ?? null, await lowest(read))];
    return [];
  }
  const found = squashOf(pass, first?.op === "logSoftmax" ? others : squashes, kind);
  if (found.length > 0 || kind === "bceWithLogits") return found;
  return (await areProbabilities(read)) ? [softmaxTwice(pass, null)] : [];
}

/** What bounds or normalises scores before the loss does. */
function squashOf(pass: Pass, squashes: readonly OpRun[], reader: string): readonly Finding[] {
  const run = squashes.find(({ op }) => op !== "logSoftmax" && op !== "log");
  if (run === undefined) return [];
  if (run.op === "softmax" && reader !== "bceWithLogits") return [softmaxTwice(pass, run)];
  const name = nameOf(pass, run);
  return [
    {
      fault: "squashedScores",
      layers: [name],
      verdict: `${run.op}${name === "" ? "" : ` (${name})`} stands between the last layer and ${reader}, which expects logits`,
      evidence: {},
      cure: `give the loss what the last layer computes, without ${run.op}`,
    },
  ];
}

function softmaxTwice(pass: Pass, run: OpRun | null): Finding {
  const name = run === null ? "" : nameOf(pass, run);
  const classes = pass.outputs?.shape[1] ?? NaN;
  return {
    fault: "softmaxTwice",
    layers: run === null ? [] : [name],
    verdict: `the loss gets probabilities${name === "" ? "" : ` of ${name}`} and applies softmax to them once more`,
    evidence: { classes, leastLoss: Math.log(Math.E + classes - 1) - 1 },
    cure: "give the loss the logits, and use softmax only to look at probabilities",
  };
}

function noLogProbabilities(pass: Pass, run: OpRun | null, least: number): Finding {
  return {
    fault: "noLogProbabilities",
    layers: run === null ? [] : [nameOf(pass, run)],
    verdict: `nllLoss gets ${run === null ? "scores" : `what ${run.op} gives`}, and expects logarithms of probabilities`,
    evidence: { smallest: least },
    cure: "use CrossEntropyLoss of the logits, or end the model with LogSoftmax(1)",
  };
}

function noProbabilities(least: number): Finding {
  return {
    fault: "noProbabilities",
    layers: [],
    verdict: "bceLoss gets numbers outside of 0 to 1, and expects probabilities",
    evidence: { smallest: least },
    cure: "use BCEWithLogitsLoss of the logits, or end the model with Sigmoid()",
  };
}

async function areWithin(scores: Tensor, low: number, high: number): Promise<boolean> {
  return sumOver(await scores.data(), (value) => Number(value < low || value > high)) === 0;
}

async function areProbabilities(scores: Tensor): Promise<boolean> {
  return addUpToOne(scores, (value) => (value < 0 ? NaN : value));
}

async function areLogProbabilities(scores: Tensor): Promise<boolean> {
  return addUpToOne(scores, Math.exp);
}

async function lowest(scores: Tensor): Promise<number> {
  return -largestOver(await scores.data(), (value) => -value);
}
