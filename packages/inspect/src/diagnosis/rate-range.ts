import { runCourse } from "./course.ts";
import type { InspectedOptimizer } from "./options.ts";
import type { Trial } from "./trial.ts";

/** What a rate did. */
export interface TriedRate {
  readonly rate: number;
  /** By how much the loss fell; negative where it rose, and as low as it gets where it became NaN. */
  readonly fall: number;
}

const steps = 8;
const rates = [1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1, 10];

/** Tries rates for some steps each, from where the model and the optimizer are. */
export async function runRates(trial: Trial, optimizer: InspectedOptimizer): Promise<readonly TriedRate[]> {
  const usual = optimizer.paramGroups.map(({ lr }) => lr);
  const tried: TriedRate[] = [];
  for (const rate of rates) {
    trial.restore();
    optimizer.paramGroups.forEach((group, i) => (group.lr = rate * (usual[i]! / usual[0]!)));
    const { before, after } = await runCourse(trial, optimizer, { steps, restored: false });
    trial.restore();
    tried.push({ rate, fall: Number.isFinite(after) ? before - after : -Infinity });
  }
  return tried;
}
