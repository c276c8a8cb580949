/** What can be found; the name of a fault, or of what only costs something. */
export type Fault =
  | "cannotRun"
  | "notFinite"
  | "labelsOutOfRange"
  | "oneClass"
  | "labelsInOrder"
  | "imbalanced"
  | "targetScale"
  | "labelsApart"
  | "classMissing"
  | "inputScale"
  | "channelsLast"
  | "scrambledPictures"
  | "sameInputs"
  | "repeatedExamples"
  | "blankInputs"
  | "targetsAmongInputs"
  | "heldOutScale"
  | "heldOutSeen"
  | "validationChanges"
  | "turnedPictures"
  | "initialLoss"
  | "summedLoss"
  | "meanedTwice"
  | "negativeLoss"
  | "broadcastLoss"
  | "lossWithoutGradient"
  | "ignoresInputs"
  | "ignoresTargets"
  | "ignoresClass"
  | "leak"
  | "seesFuture"
  | "randomInEval"
  | "movesInEval"
  | "staleStatistics"
  | "evalMode"
  | "dropsAll"
  | "noGradient"
  | "zeroGradient"
  | "unregistered"
  | "frozen"
  | "frozenInOptimizer"
  | "movingWhileFrozen"
  | "registeredTwice"
  | "equalWeights"
  | "notInOptimizer"
  | "notInModel"
  | "deadUnits"
  | "saturatedUnits"
  | "noActivation"
  | "vanishingGradient"
  | "explodingGradient"
  | "symmetricWeights"
  | "updateTooLarge"
  | "updateTooSmall"
  | "nothingMoves"
  | "climbs"
  | "weightDecay"
  | "optimizerOptions"
  | "cannotOverfit"
  | "learningRate"
  | "uselessBias"
  | "dropoutBeforeNorm"
  | "softmaxTwice"
  | "squashedScores"
  | "noLogProbabilities"
  | "noProbabilities"
  | "softmaxOverBatch"
  | "targetsOutOfReach"
  | "batchTooSmall"
  | "momentum"
  | "normCalledTwice"
  | "normAgain"
  | "normEps"
  | "gradientsPileUp"
  | "gradientsLost"
  | "gradientsScaled"
  | "stepsWithoutOptimizer"
  | "otherOptimizer"
  | "otherModel"
  | "seededAnew"
  | "stepUndone"
  | "learnsInEval"
  | "ignoresBatch"
  | "rateCollapses"
  | "sameBatch"
  | "notShuffled"
  | "movedWhileEvaluating"
  | "changedOutside"
  | "lawBroken"
  | "thawed";

/** Something that a check found. */
export interface Finding {
  readonly fault: Fault;
  /** The layers or parameters that it is about, under their names in the model; empty if it is about none. */
  readonly layers: readonly string[];
  /** What is wrong, as a sentence without its full stop. */
  readonly verdict: string;
  /** The numbers that show it. */
  readonly evidence: Readonly<Record<string, number>>;
  /** What to do about it. */
  readonly cure: string;
}

/** What a check says. `String(report)` is a readable text. */
export interface CheckReport {
  /** The name of the check, as it is exported. */
  readonly check: string;
  /** What it looked at and saw, or why it cannot tell. */
  readonly answer: string;
  /** Whether it could tell. */
  readonly told: boolean;
  /** Faults: what a sound network and its training never have. */
  readonly findings: readonly Finding[];
  /** What may be meant, or costs only a little. */
  readonly hints: readonly Finding[];
  toString(): string;
}

/** What a check came to, before it has its name. */
export interface Outcome {
  readonly answer: string;
  /** @default true */
  readonly told?: boolean;
  readonly findings?: readonly Finding[];
  readonly hints?: readonly Finding[];
}

/** Gives an outcome its name and its text. */
export function reportOf(check: string, { answer, told = true, findings = [], hints = [] }: Outcome): CheckReport {
  const text = (): string => [`${check}: ${answer}`, ...[...findings, ...hints].map(findingText)].join("\n");
  return { check, answer, told, findings, hints, toString: text };
}

/** A finding as a few lines. */
export function findingText({ fault, verdict, evidence, cure }: Finding): string {
  const numbers = Object.entries(evidence).map(([name, value]) => `${name} ${shown(value)}`);
  return [
    `${verdict} [${fault}]`,
    ...(numbers.length === 0 ? [] : [`  evidence: ${numbers.join(", ")}`]),
    `  cure: ${cure}`,
  ].join("\n");
}

/** A number with three digits. */
export function shown(value: number): string {
  if (Number.isInteger(value) && Math.abs(value) < 1e6) return String(value);
  return String(Number(value.toPrecision(3)));
}

/** Names in a sentence: the first few, and how many there are. */
export function named(names: readonly string[]): string {
  const first = names.slice(0, 5).map((name) => (name === "" ? "the model itself" : name));
  return names.length > first.length ? `${first.join(", ")}, … (${names.length} in all)` : first.join(", ");
}
