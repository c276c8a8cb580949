import { type HostValues, noGrad, sameShape, type Tensor } from "@tapegrad/tensor";
import { varMean } from "@tapegrad/tensor/ops/var-mean";
import { type Check, defineCheck } from "../define-check.ts";
import type { Finding } from "../finding.ts";
import {
  correlationOf,
  farthest,
  fingerprint,
  largestOver,
  type MeanAndDeviation,
  meanAndDeviationOf,
  rowsOf,
  sumOver,
} from "../measures.ts";
import type { Pass } from "../pass.ts";

/** Beyond these, weights that are drawn for numbers around 1 start far from where they are useful. */
const largest = 20;
const smallest = 1e-3;
/** Nor is a value of inputs that were divided by 255 twice as large as this. */
const tiny = 5e-3;
/** How many deviations the mean may be away from 0, and fewest values of which that is no chance. */
const offset = 10;
const fewest = 16;
/** How many times as large the deviation of one feature may be as that of another. */
const spread = 1000;

/**
 * Whether the inputs are on a scale that weights are drawn for, examples differ, and pictures have their channels first.
 *
 * - Scale: of what the first layer with weights reads, so that a normalisation in the model counts. Its root mean square shall lie
 *   between 0.001 and 20: bytes have about 100. Nor may all values be within 0.005: pictures that were divided by 255 twice are. The mean shall be within 10
 *   deviations of 0, of 16 values or more, and in tables `[n, features]` no feature's deviation 1,000 times another's.
 * - Channels last: `[n, s, s, c]` with square sides s of 8 or more and 1, 3 or 4 channels.
 * - Scrambled: `[n, 3, h, w]` in which every third value of a row resembles the last but two more than its neighbours do, as when pictures
 *   `[h, w, 3]` are reshaped and not permuted: the correlation at a distance of 3 exceeds those at 1 and 2 by 0.1, and 0.5.
 * - All examples the same: exact. Or no more than a quarter of them different, of 8 or more with four values or more, if these are no few
 *   numbers, as indices and yes and no are; a half is hinted at: some are drawn more than once, perhaps on purpose.
 * - Blank: a fifth of the pictures have the same value everywhere, as those that were cropped beside what they show. Fewer are hinted at, and
 *   such as all have the same target: that there is nothing to see may be the answer.
 * - Targets among the inputs, in tables `[n, features]` of 16 examples or more: a feature whose correlation with the targets is
 *   beyond ±0.9999. The model then learns to copy it. Sequences of indices that are their own targets are hinted at.
 */
export const checkInputs: Check = defineCheck("checkInputs", async (trial) => {
  const [findings, hints]: [Finding[], Finding[]] = [[], []];
  const { inputs } = trial;
  if (await allTheSame(inputs)) findings.push(same(inputs));
  else {
    for (const { share, least, finding } of [...(await repetition(inputs)), ...(await blanks(inputs, trial.targets))])
      (share >= least ? findings : hints).push(finding);
  }
  if (areChannelsLast(inputs)) findings.push(channelsLast(inputs));
  if (await areScrambled(inputs)) findings.push(scrambled());
  if (await areTargets(inputs, trial.targets)) hints.push(unshifted());
  const answer = await answerAmong(inputs, trial.targets);
  if (answer !== null) findings.push(copied(answer));
  const read = firstRead(await trial.first());
  if (read === null) return { answer: "no layer with weights reads them", findings, hints };
  const scale = await meanAndDeviationOf(read);
  const isTiny = largestOver(await read.data(), Math.abs) < tiny;
  const finding = inputScale(scale, isTiny, await featureSpread(read), read.size);
  if (finding !== null && findings.length === 0) findings.push(finding);
  return {
    answer: `the first layer with weights reads a mean of ${scale.mean.toPrecision(3)} and a deviation of ${scale.deviation.toPrecision(3)}`,
    findings,
    hints,
  };
});

/** What the first op with weights reads; null if it is no batch of numbers. */
function firstRead({ ops }: Pass): Tensor | null {
  const first = ops.find(({ op, inLoss }) => !inLoss && (op === "conv2d" || op === "linear" || op === "matmul"));
  return first?.inputs[0] ?? null;
}

/** The feature with the largest deviation, and how many times as large that is as the smallest that is not 0; 1 for pictures. */
interface FeatureSpread {
  readonly feature: number;
  readonly ratio: number;
}

async function featureSpread(tensor: Tensor): Promise<FeatureSpread> {
  if (tensor.rank !== 2 || tensor.shape[0]! < 8) return { feature: 0, ratio: 1 };
  const [variance] = noGrad(() => varMean(tensor, 0, { correction: 0 }));
  const deviations = Array.from(await variance.data(), Math.sqrt);
  const varying = deviations.filter((each) => each > 0);
  const most = Math.max(...varying);
  return varying.length === 0
    ? { feature: 0, ratio: 1 }
    : { feature: deviations.indexOf(most), ratio: most / Math.min(...varying) };
}

function inputScale(
  { mean, deviation }: MeanAndDeviation,
  isTiny: boolean,
  { feature, ratio }: FeatureSpread,
  values: number,
): Finding | null {
  const rms = Math.hypot(mean, deviation);
  const evidence = { mean, deviation };
  const cure = "subtract the mean of the training data and divide by its deviation, for each channel or feature";
  const finding = { fault: "inputScale", layers: [], cure } as const;
  if (ratio > spread)
    return {
      ...finding,
      evidence: { ...evidence, feature, ratio },
      verdict: `the features are on different scales: the deviation of feature ${feature} is ${ratio.toPrecision(3)} times that of another`,
    };
  if (rms > largest)
    return {
      ...finding,
      evidence,
      verdict: `the inputs are not normalised: their size is about ${rms.toPrecision(3)}, not 1`,
    };
  if ((rms < smallest || isTiny) && rms > 0)
    return { ...finding, evidence, verdict: `the inputs are tiny: their size is about ${rms.toPrecision(3)}, not 1` };
  if (values >= fewest && Math.abs(mean) > offset * deviation && deviation > 0)
    return {
      ...finding,
      evidence,
      verdict: "the inputs are far from 0, compared with how far they are from one another",
    };
  return null;
}

async function allTheSame(inputs: Tensor): Promise<boolean> {
  const rows = await rowsOf(inputs);
  if (rows.count < 2 || rows.size === 0) return false;
  for (let i = 1; i < rows.count; i++) if (farthest(rows.row(0), rows.row(i)) > 0) return false;
  return true;
}

function same({ shape }: Tensor): Finding {
  return {
    fault: "sameInputs",
    layers: [],
    verdict: `all ${shape[0]} examples of the batch have the same inputs`,
    evidence: { examples: shape[0]! },
    cure: "look at the dataset's get(index): it may ignore the index, or hand out one array that is filled anew",
  };
}

/** Fewest examples and values of an example that tell, and how many numbers are more than indices or yes and no. */
const telling = { examples: 8, values: 4, numbers: 32 };

/** Something that is found in a part of the examples, and from which part on it is a fault. */
interface Shared {
  readonly share: number;
  readonly least: number;
  readonly finding: Finding;
}

/** Examples that come more than once. */
async function repetition(inputs: Tensor): Promise<readonly Shared[]> {
  const { count, size, row } = await rowsOf(inputs);
  if (inputs.dtype !== "float32" || count < telling.examples || size < telling.values) return [];
  const prints = new Map<string, number>();
  for (let i = 0; i < count; i++) prints.set(fingerprint(row(i)), i);
  const share = 1 - prints.size / count;
  if (share < 0.5) return [];
  const numbers = new Set([...prints.values()].flatMap((i) => Array.from(row(i).subarray(0, 1024))));
  if (numbers.size <= telling.numbers) return [];
  const finding: Finding = {
    fault: "repeatedExamples",
    layers: [],
    verdict: `the ${count} examples of the batch are ${prints.size} different ones, which come again and again`,
    evidence: { examples: count, different: prints.size },
    cure: "look at the dataset's length and get(index), and at the sampler: an index that runs over too few examples",
  };
  return [{ share, least: 0.75, finding }];
}

/** Pictures that show nothing. */
async function blanks(inputs: Tensor, targets: Tensor): Promise<readonly Shared[]> {
  if (inputs.rank !== 4 || inputs.dtype !== "float32") return [];
  const { count, size, row } = await rowsOf(inputs);
  if (size < 16) return [];
  const isBlank = (values: HostValues): boolean => values.every((value) => value === values[0]);
  const blank = Array.from({ length: count }, (_, i) => i).filter((i) => isBlank(row(i)));
  if (blank.length === 0) return [];
  const finding: Finding = {
    fault: "blankInputs",
    layers: [],
    verdict: `${blank.length} of the ${count} pictures have the same value everywhere, the first of them number ${blank[0]}`,
    evidence: { blank: blank.length, examples: count },
    cure: "look at what crops, pads and masks the pictures, and at files that could not be read",
  };
  const wanted = await rowsOf(targets);
  const answers = wanted.count === count ? new Set(blank.map((i) => fingerprint(wanted.row(i)))).size : blank.length;
  return [{ share: answers < 2 ? 0 : blank.length / count, least: 0.2, finding }];
}

function areChannelsLast({ rank, shape }: Tensor): boolean {
  return rank === 4 && shape[1] === shape[2] && shape[1]! >= 8 && [1, 3, 4].includes(shape[3]!);
}

function channelsLast({ shape }: Tensor): Finding {
  return {
    fault: "channelsLast",
    layers: [],
    verdict: `the channels of the inputs come last: [${shape.join(", ")}] is read as pictures of ${shape[2]} × ${shape[3]} with ${shape[1]} channels`,
    evidence: { channels: shape[1]!, width: shape[3]! },
    cure: "permute the inputs to [n, c, h, w] with permute(x, [0, 3, 1, 2])",
  };
}

/** Correlation of values along a row at distances of 1, 2 and 3, over the first examples. */
async function areScrambled(inputs: Tensor): Promise<boolean> {
  if (inputs.rank !== 4 || inputs.shape[1] !== 3 || inputs.shape[3]! < 9 || inputs.dtype !== "float32") return false;
  const { count, row } = await rowsOf(inputs);
  const width = inputs.shape[3]!;
  const sums = [0, 0, 0, 0];
  for (let example = 0; example < Math.min(count, 16); example++) {
    const values = row(example);
    const mean = sumOver(values, (value) => value) / values.length;
    for (let i = 3; i < values.length; i++) {
      if (i % width < 3) continue;
      for (let lag = 0; lag <= 3; lag++) sums[lag]! += (values[i]! - mean) * (values[i - lag]! - mean);
    }
  }
  const [one, two, three] = [1, 2, 3].map((lag) => sums[lag]! / sums[0]!) as [number, number, number];
  return three > 0.5 && three > one + 0.1 && three > two + 0.1;
}

function scrambled(): Finding {
  return {
    fault: "scrambledPictures",
    layers: [],
    verdict:
      "the pictures are scrambled: along a row, every third value belongs together, as if [h, w, 3] had been reshaped to [3, h, w]",
    evidence: {},
    cure: "permute(x, [0, 3, 1, 2]) in place of reshape",
  };
}

/** A feature that is the target, up to scale and shift; null if none is. */
async function answerAmong(inputs: Tensor, targets: Tensor): Promise<{ feature: number; correlation: number } | null> {
  if (inputs.rank !== 2 || targets.size !== inputs.shape[0] || targets.size < 16 || inputs.dtype !== "float32")
    return null;
  const [{ count, size, row }, wanted] = [await rowsOf(inputs), await targets.data()];
  for (let feature = 0; feature < size; feature++) {
    const values = Array.from({ length: count }, (_, i) => row(i)[feature]!);
    const correlation = correlationOf(values, wanted);
    if (Math.abs(correlation) > 0.9999) return { feature, correlation };
  }
  return null;
}

/** Whether sequences of indices are their own targets. */
async function areTargets(inputs: Tensor, targets: Tensor): Promise<boolean> {
  if (inputs.dtype !== "int32" || inputs.rank < 2 || !sameShape(inputs.shape, targets.shape)) return false;
  return inputs.size > 0 && farthest(await inputs.data(), await targets.data()) === 0;
}

function unshifted(): Finding {
  return {
    fault: "targetsAmongInputs",
    layers: [],
    verdict: "the targets are the inputs, position by position: the model learns to copy",
    evidence: {},
    cure: "shift by one to predict what comes next: inputs [0, n − 1), targets [1, n); an autoencoder is meant so",
  };
}

function copied({ feature, correlation }: { readonly feature: number; readonly correlation: number }): Finding {
  return {
    fault: "targetsAmongInputs",
    layers: [],
    verdict: `feature ${feature} of the inputs is the target itself`,
    evidence: { feature, correlation },
    cure: "leave it out: it will not be there when the answer is not known",
  };
}
