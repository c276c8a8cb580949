import type { EpochReport } from "../loop/reports.ts";

/**
 * The numbers of an epoch by name: `loss`, `validation loss`, and each metric that is a number. A metric of the name of another
 * number counts as `validation NAME`.
 */
export function epochValues({ loss, validation }: EpochReport): Map<string, number> {
  const values = new Map([["loss", loss]]);
  if (validation === null) return values;
  if (validation.loss !== null) values.set("validation loss", validation.loss);
  for (const [name, value] of Object.entries(validation.metrics))
    if (typeof value === "number") values.set(values.has(name) ? `validation ${name}` : name, value);
  return values;
}
