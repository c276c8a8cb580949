import type { InspectedOptimizer } from "./options.ts";

/** The part of the rate that a schedule is made for, below which it is held low. */
const low = 0.01;

/** The rate that a group is made for: what it had when a schedule took it over, or the highest that `OneCycleLR` gives it. */
export function madeFor(group: InspectedOptimizer["paramGroups"][number]): number {
  const { lr, initialLr, maxLr } = group as {
    readonly lr: number;
    readonly initialLr?: unknown;
    readonly maxLr?: unknown;
  };
  const rate = typeof maxLr === "number" ? maxLr : initialLr;
  return typeof rate === "number" ? rate : lr;
}

/** Whether a schedule holds all rates low, as at the start of a warm-up and at the end of many schedules: steps say nothing then. */
export function isHeldLow({ paramGroups }: InspectedOptimizer): boolean {
  return paramGroups.every((group) => group.lr < low * madeFor(group));
}
