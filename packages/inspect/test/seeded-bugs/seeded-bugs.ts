import { ofData } from "./bugs-of-data.ts";
import { ofLosses } from "./bugs-of-losses.ts";
import { ofModels } from "./bugs-of-models.ts";
import { ofNorms } from "./bugs-of-norms.ts";
import { ofOptimizers } from "./bugs-of-optimizers.ts";
import { ofSequences } from "./bugs-of-sequences.ts";
import { ofSteps } from "./bugs-of-steps.ts";
import type { SeededBug } from "./seeded-bug.ts";

/** The bugs that `diagnose` must find. */
export const seededBugs: readonly SeededBug[] = [
  ...ofLosses,
  ...ofData,
  ...ofModels,
  ...ofNorms,
  ...ofOptimizers,
  ...ofSteps,
  ...ofSequences,
];
