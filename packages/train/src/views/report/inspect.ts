import type { Batch } from "@tapegrad/data";
import { compareModes, evaluating, type Layer, type ModeComparison } from "@tapegrad/nn";
import { keep, noGrad, type Shape, Tensor, ValueError } from "@tapegrad/tensor";
import { slice } from "@tapegrad/tensor/ops/slice";

/** A picture that the model was wrong about, or nearly. */
export interface WorstPicture {
  /** Which of the examples it is, from 0, in the order of the batches. */
  readonly index: number;
  readonly loss: number;
  readonly target: number;
  readonly predicted: number;
  /** What the model gave the class that it is, and the one that it took it for, 0 to 1. */
  readonly targetProbability: number;
  readonly predictedProbability: number;
  readonly values: Float32Array;
  /** Channels, rows, columns. */
  readonly shape: Shape;
}

/** What a look at the trained model found. */
export interface Inspection {
  readonly examples: number;
  /** Row: what it is, column: what it was taken for; null if the model is no classifier. */
  readonly confusion: readonly (readonly number[])[] | null;
  /** The largest losses first; empty if the examples are no pictures with classes. */
  readonly worst: readonly WorstPicture[];
  /** How the modes part, or why that could not be told; null if it was not asked for. */
  readonly comparison: ModeComparison | string | null;
}

export interface InspectOptions {
  /** How many examples are looked at. */
  readonly mostExamples: number;
  readonly mostPictures: number;
  /** For how many of the first batch's examples modes are compared. */
  readonly mostCompared: number;
}

/** Looks at a model in eval mode, then compares its modes on the first batch. Nothing is changed. */
export async function inspect(
  model: Layer,
  batches: AsyncIterable<Batch>,
  { mostExamples, mostPictures, mostCompared }: InspectOptions,
): Promise<Inspection> {
  let examples = 0;
  let first: Tensor | null = null;
  let confusion: number[][] | null = null;
  let worst: WorstPicture[] = [];
  await evaluating(model, async () => {
    for await (const { inputs, targets } of batches) {
      if (mostCompared > 0) first ??= keep(noGrad(() => slice(inputs, 0, 0, Math.min(mostCompared, inputs.shape[0]!))));
      const outputs = noGrad(() => model.forward(inputs));
      const from = examples;
      examples += inputs.shape[0]!;
      if (areScores(outputs, targets)) {
        const scores = await outputs.data();
        const labels = await targets.data();
        const classes = outputs.shape[1]!;
        confusion ??= Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
        const judged = Array.from(labels, (target, i) =>
          judge(scores.subarray(i * classes, (i + 1) * classes), target),
        );
        for (const { target, predicted } of judged) confusion[target]![predicted]!++;
        if (isPicture(inputs)) {
          const values = await inputs.data();
          const shape = inputs.shape.slice(1);
          const size = inputs.size / inputs.shape[0]!;
          const here = judged.map((each, i) => ({
            ...each,
            index: from + i,
            shape,
            values: values.subarray(i * size, (i + 1) * size) as Float32Array,
          }));
          worst = [...worst, ...here]
            .sort((a, b) => b.loss - a.loss)
            .slice(0, mostPictures)
            .map((each) => ({ ...each, values: each.values.slice() }));
        }
      }
      if (examples >= mostExamples) break;
    }
  });
  return { examples, confusion, worst, comparison: first && (await comparisonOf(model, first)) };
}

async function comparisonOf(model: Layer, inputs: Tensor): Promise<ModeComparison | string> {
  try {
    return await compareModes(model, inputs);
  } catch (error) {
    return String(error);
  } finally {
    inputs.dispose();
  }
}

function areScores(outputs: unknown, targets: Tensor): outputs is Tensor {
  if (!(outputs instanceof Tensor && outputs.rank === 2 && outputs.dtype === "float32")) return false;
  return targets.dtype === "int32" && targets.rank === 1 && targets.size === outputs.shape[0];
}

function isPicture({ rank, shape, dtype }: Tensor): boolean {
  return rank === 4 && (shape[1] === 1 || shape[1] === 3) && dtype === "float32";
}

/** One example's cross-entropy and prediction, in double precision. */
function judge(scores: ArrayLike<number>, target: number): Omit<WorstPicture, "index" | "values" | "shape"> {
  if (!(target >= 0 && target < scores.length))
    throw new ValueError(`a target of the validation is ${target}, and the model gives ${scores.length} classes`);
  let predicted = 0;
  for (let i = 1; i < scores.length; i++) if (scores[i]! > scores[predicted]!) predicted = i;
  const highest = scores[predicted]!;
  let sum = 0;
  for (let i = 0; i < scores.length; i++) sum += Math.exp(scores[i]! - highest);
  const loss = Math.log(sum) + highest - scores[target]!;
  return { loss, target, predicted, targetProbability: Math.exp(-loss), predictedProbability: 1 / sum };
}
