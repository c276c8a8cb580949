import { ValueError } from "@tapegrad/tensor";
import type { Scheduled, ScheduledGroup } from "./lr-scheduler.ts";

/** @throws ValueError unless every group has a momentum, or betas. */
export function checkMomentum(schedule: string, { paramGroups }: Scheduled): void {
  if (paramGroups.every(({ momentum, betas }) => momentum !== undefined || betas !== undefined)) return;
  throw new ValueError(
    `${schedule}: cycleMomentum needs an optimizer with momentum or betas; set cycleMomentum to false for this one`,
  );
}

/** Sets a group's momentum: the first of its betas, if it has any. */
export function setMomentum(group: ScheduledGroup, momentum: number): void {
  if (group.betas !== undefined) group.betas = [momentum, group.betas[1]];
  else group.momentum = momentum;
}
