import { full, noGrad, onesLike, type Tensor } from "@tapegrad/tensor";
import { makerOf, type OpRun, type Pass } from "./pass.ts";
import type { Trial } from "./trial.ts";

/** What a loss takes its input for. */
export type ScoreKind = "crossEntropy" | "nll" | "bceWithLogits" | "bce";

/** What lies between the last layer and a loss of scores: ops that squash or normalise, the last first. */
export interface ScoreChain {
  readonly kind: ScoreKind;
  readonly squashes: readonly OpRun[];
  /** What the loss's op reads. */
  readonly read: Tensor;
}

/** Ops that make something else of scores than a loss of logits expects. */
const squashing = new Set(["softmax", "logSoftmax", "sigmoid", "tanh", "relu", "log", "clamp", "dropout"]);

/** Follows the scores from the loss back to where they were computed; null if it is no loss of scores. */
export async function scoreChain(trial: Trial): Promise<ScoreChain | null> {
  const pass = await trial.first();
  const root = await rootOf(trial, pass);
  if (root === null) return null;
  const squashes: OpRun[] = [];
  let maker = makerOf(pass, root.read);
  while (maker !== null && squashing.has(maker.op)) {
    squashes.push(maker);
    maker = makerOf(pass, maker.inputs[0]!);
  }
  return { ...root, squashes };
}

type Root = Omit<ScoreChain, "squashes">;

async function rootOf(trial: Trial, pass: Pass): Promise<Root | null> {
  for (const { op, inputs, inLoss, outputs } of pass.ops) {
    if (!inLoss || outputs[0]?.record === null) continue;
    if (op === "crossEntropy") return { kind: "crossEntropy", read: inputs[0]! };
    if (op === "nll") return { kind: "nll", read: inputs[0]! };
    if (op === "bceLoss") return { kind: "bce", read: inputs[0]! };
    // bceWithLogitsLoss is (1 − y)·x + softplus(−x).
    if (op === "softplus" && (await rewardsSureness(trial, pass)))
      return { kind: "bceWithLogits", read: negated(pass, inputs[0]!) };
  }
  return withProbabilities(pass.ops);
}

function negated(pass: Pass, tensor: Tensor): Tensor {
  const maker = makerOf(pass, tensor);
  return maker?.op === "neg" ? maker.inputs[0]! : tensor;
}

/**
 * Whether a loss with a softplus takes outputs for logits of yes: where all targets are 1, larger ones are better. Not so where the softplus
 * makes a rate or a deviation of them, as in a loss of counts.
 */
async function rewardsSureness({ options, targets }: Trial, { outputs }: Pass): Promise<boolean> {
  if (outputs === null) return false;
  // Of classes, which the loss makes ones and zeros of, not all can be 1.
  if (outputs.size !== targets.size) return true;
  const { shape, device } = outputs;
  const lossOf = async (output: number): Promise<number> =>
    Math.abs(await noGrad(() => options.lossOf(full(shape, output, { device }), onesLike(targets))).item());
  try {
    return (await lossOf(4)) < (await lossOf(0.5));
  } catch {
    return false;
  }
}

/** The cross-entropy of target probabilities is a logSoftmax in the loss. */
function withProbabilities(ops: readonly OpRun[]): Root | null {
  const run = ops.find(({ op, inLoss }) => inLoss && op === "logSoftmax");
  return run === undefined ? null : { kind: "crossEntropy", read: run.inputs[0]! };
}
