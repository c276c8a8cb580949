import { type Finding, type Outcome, shown } from "./finding.ts";

/** A learning rate before some steps, and the lowest since. */
export interface RateCourse {
  readonly before: number;
  readonly after: number;
  readonly steps: number;
}

/** What it means that a learning rate has fallen so soon: below which parts of what it was it is a hint, and a fault. */
export function rateFall(
  { before, after, steps }: RateCourse,
  part: { readonly hint: number; readonly fault: number },
): Pick<Outcome, "findings" | "hints"> {
  if (!(after < part.hint * before)) return {};
  const finding: Finding = {
    fault: "rateCollapses",
    layers: [],
    verdict: `the learning rate falls from ${shown(before)} to ${shown(after)} in ${steps} steps: the schedule is moved too often`,
    evidence: { before, after, steps },
    cure: "move a schedule that counts epochs once an epoch, and give one that is moved at each step the number of all steps",
  };
  return after < part.fault * before ? { findings: [finding] } : { hints: [finding] };
}
