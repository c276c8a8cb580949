import type { Tensor } from "@tapegrad/tensor";
import { type Check, cannotTell, defineCheck } from "../define-check.ts";
import type { Finding, Outcome } from "../finding.ts";
import { addUpToOne, largestOver } from "../measures.ts";
import { nameOf, type OpRun, type Pass } from "../pass.ts";
import type { ScoreChain } from "../score-chain.ts";

/**
 * Whether the loss gets what it expects of the last layer: `crossEntropy` and `bceWithLogitsLoss` logits, `nllLoss` log-probabilities.
 *
 * Read from the recorded ops between the loss and the last layer, so that functions count as layers do; and from values, where
 * probabilities are computed in another way: rows that are positive and add up to 1 within 0.001. A softmax twice bounds the loss from below,
 * at `log(e + K − 1) − 1`, and shrinks gradients; sigmoid, tanh and ReLU bound the logits, and dropout drops them. A second `logSoftmax` changes nothing.
 */
export const checkScores: Check = defineCheck("checkScores", async (trial): Promise<Outcome> => {
  const pass = await trial.first();
  const chain = await trial.scores();
  if (chain === null) return cannotTell("the loss is none of scores");
  const findings = await findingsOf(pass, chain);
  return { answer: `${chain.kind} of ${chain.squashes[0]?.op ?? "scores"}`, findings };
});

async function findingsOf(pass: Pass, { kind, squashes, read }: ScoreChain): Promise<readonly Finding[]> {
  if (kind === "bce") return [];
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

async function areProbabilities(scores: Tensor): Promise<boolean> {
  return addUpToOne(scores, (value) => (value < 0 ? NaN : value));
}

async function areLogProbabilities(scores: Tensor): Promise<boolean> {
  return addUpToOne(scores, Math.exp);
}

async function lowest(scores: Tensor): Promise<number> {
  return -largestOver(await scores.data(), (value) => -value);
}
