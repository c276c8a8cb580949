import type { Activity } from "./recording.ts";

/** What is said of learning in eval mode. */
export const learnedInEval = "a backward pass used it, though the model as a whole was in eval mode";

/** How a call is judged, by number; the first is of calls that are undecided. */
export const verdicts: readonly (readonly [activity: Activity, because: string])[] = [
  ["undecided", "gradients were recorded, and it is too early to say whether they are used"],
  ["learning", "a backward pass used it"],
  ["learning", "gradients were recorded, and nothing before the layer learns: it cannot tell whether they were used"],
  ["evaluating", "gradients were not recorded"],
  ["evaluating", "it was called inside evaluating()"],
  ["evaluating", "gradients were recorded, but the model as a whole was in eval mode and no backward pass used them"],
  ["evaluating", "gradients were recorded, but no backward pass used them"],
  ["renewing", "statistics were moved on purpose, without gradients, inside training() or withoutModeGuard()"],
  ["learning", learnedInEval],
];

export const undecided = 0;
const used = 1;
const untold = 2;
const withoutGradients = 3;
const insideEvaluating = 4;
const inEvalMode = 5;
const unused = 6;
const onPurpose = 7;
const usedInEval = 8;

/** What is known of a call when it is made. */
export interface CallSituation {
  /** Whether the layer is in train mode. */
  readonly training: boolean;
  readonly gradients: boolean;
  /** The mode that `training` or `evaluating` holds the layer in. */
  readonly scopedMode: "train" | "eval" | null;
  readonly silentGuard: boolean;
}

/** The verdict on a call, as far as it can be given at once. */
export function judge({ training, gradients, scopedMode, silentGuard }: CallSituation): number {
  if (scopedMode === "eval") return insideEvaluating;
  if (gradients) return undecided;
  return training && (scopedMode === "train" || silentGuard) ? onPurpose : withoutGradients;
}

/** What is known later of the pass that an undecided call was part of. */
export interface PassOutcome {
  readonly used: boolean;
  /** Whether a gradient could come back through any of its layers. */
  readonly tracked: boolean;
  readonly modelInEval: boolean;
  /** Whether the optimizer then took a step, with no pass in train mode to learn from. */
  readonly onlyInEval: boolean;
}

export function judgeLater(outcome: PassOutcome): number {
  if (outcome.used) return outcome.onlyInEval ? usedInEval : used;
  if (outcome.modelInEval) return inEvalMode;
  return outcome.tracked ? unused : untold;
}
