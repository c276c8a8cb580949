import { full, noGrad, type Tensor, zerosLike } from "@tapegrad/tensor";
import { reshape } from "@tapegrad/tensor/ops/reshape";
import type { Course } from "./course.ts";
import type { Trial } from "./trial.ts";

/** The loss has fallen if it lost so much of its size. */
const enough = 0.01;
/** It has risen if it gained so much of guessing's; if it is none of scores, so many times its size, which may be near 0 by chance. */
const gained = 0.5;
const manyTimes = 10;
/** A loss of so small a part of guessing's has nothing left to fall. */
const small = 0.05;

/** What losses are measured by. */
export interface LossScale {
  /** Whether it is the loss of guessing. */
  readonly ofScores: boolean;
  readonly size: number;
  /** By how much it must rise to count as risen. */
  readonly rise: number;
  /** A loss below this has nothing left to fall. */
  readonly least: number;
}

/** The loss of scores that are all alike; null if it is none of scores. */
export async function guessingLoss(trial: Trial): Promise<number | null> {
  const pass = await trial.first();
  const chain = await trial.scores();
  if (chain === null || pass.outputs === null) return null;
  const { shape, device } = pass.outputs;
  const even = chain.kind === "nll" ? -Math.log(shape[1]!) : chain.kind === "bce" ? 0.5 : 0;
  return noGrad(() => trial.options.lossOf(full(shape, even, { device }), trial.targets)).item();
}

/** The loss of outputs that are 0, by which a loss of numbers is measured; 0 if it throws or is not finite. */
export async function lossOfZeros(trial: Trial): Promise<number> {
  const { outputs } = await trial.first();
  if (outputs === null) return 0;
  try {
    const loss = await noGrad(() => trial.options.lossOf(zerosLike(outputs), trial.targets)).item();
    return Number.isFinite(loss) ? loss : 0;
  } catch {
    return 0;
  }
}

/** Whether outputs shall become the targets, of as many values, not their logarithm or a part of them. */
export async function wantsTargets({ options, targets }: Trial, outputs: Tensor): Promise<boolean> {
  const lossOf = (given: Tensor): Promise<number> => noGrad(() => options.lossOf(given, targets)).item();
  return (await lossOf(noGrad(() => reshape(targets, outputs.shape)))) < (await lossOf(outputs.detach()));
}

/** The loss of guessing, or the loss itself if it is none of scores. */
export async function scaleOf(trial: Trial): Promise<LossScale> {
  const guessing = await guessingLoss(trial);
  if (guessing !== null) return { ofScores: true, size: guessing, rise: gained * guessing, least: small * guessing };
  const size = Math.max(Math.abs((await trial.first()).value), 1e-6);
  return { ofScores: false, size, rise: manyTimes * size, least: -Infinity };
}

/** Whether the loss came down. */
export function hasFallen({ before, after }: Course, { size }: LossScale): boolean {
  return after < before - enough * size;
}

/** Whether the loss went up, or became NaN. */
export function hasRisen({ before, after }: Course, { rise }: LossScale): boolean {
  return !(after <= before + rise);
}
