import { noGrad, type Tensor } from "@tapegrad/tensor";
import { varMean } from "@tapegrad/tensor/ops/var-mean";
import { cannotTell, type Check, defineCheck } from "../define-check.ts";
import type { Finding, Outcome } from "../finding.ts";
import { farthest, type MeanAndDeviation, meanAndDeviationOf, rowsOf } from "../measures.ts";
import { turnedPictures } from "../turned-pictures.ts";

/** How far the means may be apart, in deviations of the batch, and by which factor the deviations may differ. */
const apart = 1;
const factor = 3;
/** Of fewer the mean and the deviation say little. */
const least = { examples: 8, values: 16 };
/** The share of held-out examples that may be in the batch, and of how many values an example must be to be told from others. */
const seen = 0.5;
const fewest = 4;

/**
 * Whether held-out examples are prepared as the batch is, and are others.
 *
 * - Scale, of 8 examples and 16 values or more on either side: the mean of all held-out values lies more than a deviation from the
 *   batch's, or their deviation is three times as large or small. One of the two is not normalised, or is normalised otherwise.
 * - Scale of its own: in a table `[n, features]` of 8 held-out examples or more, each feature has a mean of 0 and a deviation of 1, to
 *   0.0001. That of other examples is never so exact, so these were normalised by their own mean and deviation.
 * - Seen: half of the held-out examples, of four values or more, stand in the batch, value by value. They do not show what holds for
 *   others.
 * - Turned, as a hint, of 48 pictures with classes or more on either side: pictures of the batch are told by their nearest neighbour among
 *   the held-out ones only when they are mirrored or turned, and these hardly ever are: a quarter of the batch at least, by three
 *   standard deviations. So look digits that a flip has made. Whether the labels still hold the data cannot say.
 */
export const checkHeldOut: Check = defineCheck("checkHeldOut", async (trial): Promise<Outcome> => {
  const { heldOut } = trial.options;
  if (heldOut === null) return cannotTell("there are no held-out examples");
  if (heldOut.inputs.dtype !== "float32" || trial.inputs.dtype !== "float32") return cannotTell("inputs are indices");
  const [batch, other] = [await meanAndDeviationOf(trial.inputs), await meanAndDeviationOf(heldOut.inputs)];
  const shift = Math.abs(other.mean - batch.mean) / batch.deviation;
  const ratio = other.deviation / batch.deviation;
  const share = await shareSeen(trial.inputs, heldOut.inputs);
  const answer = `${(100 * share).toFixed(0)}% of them are in the batch; means ${shift.toPrecision(2)} deviations apart`;
  const findings: Finding[] = [];
  if (share >= seen) findings.push(known(share, heldOut.inputs.shape[0]!));
  const enough = [trial.inputs, heldOut.inputs].every(
    ({ shape, size }) => shape[0]! >= least.examples && size >= least.values,
  );
  if (enough && (shift > apart || ratio > factor || ratio < 1 / factor)) findings.push(otherScale(batch, other));
  else if (await areStandardised(heldOut.inputs)) findings.push(ownScale(heldOut.inputs));
  const turned = await turnedPictures(trial.options.batch, heldOut);
  return { answer, findings, hints: turned === null ? [] : [turned] };
});

/** How exactly means and deviations are 0 and 1 that were computed of the same values. */
const rounding = 1e-4;

/** Whether each feature of a table has a mean of 0 and a deviation of 1, of n examples or of n − 1. */
async function areStandardised(table: Tensor): Promise<boolean> {
  const [count = 0] = table.shape;
  if (table.rank !== 2 || count < least.examples || table.size < least.values) return false;
  const [variances, means] = noGrad(() => varMean(table, 0, { correction: 0 }));
  const [variance, mean] = [await variances.data(), await means.data()];
  return [0, 1].some((correction) =>
    variance.every((value, i) => {
      const deviation = Math.sqrt((value * count) / (count - correction));
      return Math.abs(mean[i]!) < rounding && Math.abs(deviation - 1) < rounding;
    }),
  );
}

function ownScale({ shape }: Tensor): Finding {
  return {
    fault: "heldOutScale",
    layers: [],
    verdict: "the held-out examples are normalised by their own mean and deviation, not by those of the training data",
    evidence: { examples: shape[0]!, features: shape[1]! },
    cure: "compute mean and deviation of the training data, and use them for both: one example alone must get the same",
  };
}

async function shareSeen(batch: Tensor, heldOut: Tensor): Promise<number> {
  const [known, asked] = [await rowsOf(batch), await rowsOf(heldOut)];
  if (known.size !== asked.size || asked.size < fewest || asked.count === 0) return 0;
  let found = 0;
  for (let i = 0; i < asked.count; i++) {
    const row = asked.row(i);
    for (let k = 0; k < known.count; k++) {
      if (known.row(k)[0] !== row[0] || farthest(known.row(k), row) > 0) continue;
      found++;
      break;
    }
  }
  return found / asked.count;
}

function known(share: number, examples: number): Finding {
  return {
    fault: "heldOutSeen",
    layers: [],
    verdict: `${(100 * share).toFixed(0)}% of the held-out examples stand in the batch, too`,
    evidence: { share, examples },
    cure: "split the data before it is copied or augmented, and each example to one side alone",
  };
}

function otherScale(batch: MeanAndDeviation, other: MeanAndDeviation): Finding {
  return {
    fault: "heldOutScale",
    layers: [],
    verdict: "the held-out examples are prepared in another way than the batch: mean and deviation are others",
    evidence: {
      mean: batch.mean,
      deviation: batch.deviation,
      heldOutMean: other.mean,
      heldOutDeviation: other.deviation,
    },
    cure: "normalise both with the mean and deviation of the training data, and augment the training data only",
  };
}
