import { full, noGrad } from "@tapegrad/tensor";
import type { Course } from "./course.ts";
import { scoreChain } from "./score-chain.ts";
import type { Trial } from "./trial.ts";

/** The loss has fallen if it lost so much of its size. */
const enough = 0.01;

/** The loss of scores that are all alike; null if it is none of scores. */
export async function guessingLoss(trial: Trial): Promise<number | null> {
  const pass = await trial.first();
  const chain = scoreChain(pass);
  if (chain === null || pass.outputs === null) return null;
  const { shape, device } = pass.outputs;
  const even = chain.kind === "nll" ? -Math.log(shape[1]!) : chain.kind === "bce" ? 0.5 : 0;
  return noGrad(() => trial.options.lossOf(full(shape, even, { device }), trial.targets)).item();
}

/** What losses are measured by: the loss of guessing, or the loss itself if it is none of scores. */
export async function scaleOf(trial: Trial): Promise<number> {
  return (await guessingLoss(trial)) ?? Math.max(Math.abs((await trial.first()).value), 1e-6);
}

/** Whether the loss came down. */
export function hasFallen({ before, after }: Course, scale: number): boolean {
  return after < before - enough * scale;
}
