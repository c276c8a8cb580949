import { ValueError } from "@tapegrad/tensor";
import { checkString, oneOf, type OptionRules, orNull } from "@tapegrad/tensor/internal";
import type { EpochReport } from "../loop/reports.ts";

/** What of an epoch is watched, and whether less or more of it is better. */
export interface MonitorOptions {
  /** `"loss"` of validation, `"trainLoss"`, or the name of a metric. @default "loss" */
  readonly monitor?: string;
  /** Whether it should fall or rise. @default "min" for losses, "max" for metrics */
  readonly mode?: "min" | "max" | null;
}

/** How the options are read. */
export const monitorRules: OptionRules<MonitorOptions> = {
  monitor: ["loss", checkString],
  mode: [null, orNull(oneOf("min", "max"))],
};

/** The watched value of an epoch. @throws ValueError naming the callback if the epoch has no such number, with those that it has. */
export function monitored(callback: string, monitor: string, { loss, validation }: EpochReport): number {
  const values: Record<string, unknown> = { trainLoss: loss, ...validation?.metrics };
  if (validation !== null && validation.loss !== null) values["loss"] = validation.loss;
  const value = Object.hasOwn(values, monitor) ? values[monitor] : undefined;
  if (typeof value === "number") return value;
  const numbers = Object.keys(values).filter((name) => typeof values[name] === "number");
  throw new ValueError(`${callback}: there is no number ${monitor} to monitor; the epoch has ${numbers.join(", ")}`);
}

/** Whether a value is better than the best so far by more than `minDelta`. NaN never is. */
export function isBetter(
  value: number,
  best: number | null,
  { monitor, mode }: Required<MonitorOptions>,
  minDelta = 0,
): boolean {
  if (Number.isNaN(value)) return false;
  if (best === null) return true;
  const rising = mode === null ? !/loss$/i.test(monitor) : mode === "max";
  return rising ? value > best + minDelta : value < best - minDelta;
}
