import { ValueError } from "@tapegrad/tensor";

/** What schedules keep in a group of parameters, as in torch: all schedules of an optimizer see it, and it is saved with the optimizer. */
export interface GroupSchedule {
  /** The rate that schedules are relative to: the one before the first of them, or where `OneCycleLR` begins. */
  initialLr?: number;
  /** The highest and the last rate of `OneCycleLR`. */
  maxLr?: number;
  minLr?: number;
  /** The bounds between which `OneCycleLR` moves momentum. */
  maxMomentum?: number;
  baseMomentum?: number;
  /** Where `SWALR` ends. */
  swaLr?: number;
}

/** The names of what schedules keep in a group. */
export const scheduleKeys = ["initialLr", "maxLr", "minLr", "maxMomentum", "baseMomentum", "swaLr"] as const;

/** @throws ValueError if a group lacks what a schedule has put there. */
export function keptInGroup(
  schedule: string,
  { paramGroups }: { readonly paramGroups: readonly GroupSchedule[] },
  index: number,
  key: keyof GroupSchedule,
): number {
  const value = paramGroups[index]![key];
  if (value !== undefined) return value;
  throw new ValueError(
    `${schedule}: group ${index} lacks ${key}: it was added after the schedule was made, or a state was loaded that was saved without the schedule`,
  );
}
