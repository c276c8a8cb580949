import { showCount, showDuration } from "@tapegrad/inspect/internal";
import type { StartReport } from "../loop/reports.ts";
import type { Pace } from "./pace.ts";

/** How far training is. */
export interface Place {
  readonly epoch: number;
  readonly step: number;
}

/** `epoch 3/10`. */
export function showEpoch({ epochs }: StartReport, epoch: number): string {
  return `epoch ${epoch}${epochs === Infinity ? "" : `/${epochs}`}`;
}

/** How far training is, how fast it goes and how long it will go on. */
export function showProgress(
  start: StartReport,
  { examplesPerSecond, secondsLeft }: Pace,
  { epoch, step }: Place,
  unit: string,
): { readonly epoch: string; readonly parts: readonly string[] } {
  const parts = [`step ${showCount(step)}${start.steps === Infinity ? "" : `/${showCount(start.steps)}`}`];
  if (examplesPerSecond !== null) parts.push(`${showCount(examplesPerSecond)} ${unit}/s`);
  if (secondsLeft !== null) parts.push(`${showDuration(secondsLeft)} left`);
  return { epoch: showEpoch(start, epoch), parts };
}
