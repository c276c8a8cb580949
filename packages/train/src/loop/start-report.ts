import type { Layer } from "@tapegrad/nn";
import type { Metrics } from "../metrics/metric.ts";
import type { Run } from "../runs/run.ts";
import type { Inspection } from "./inspection.ts";
import type { CompleteOptions } from "./options.ts";
import type { StartReport } from "./reports.ts";
import type { TrainingState } from "./training-state.ts";

/** What training with these options sets out to do, from where it was restored, if it goes on. */
export function startReport<B, M extends Metrics>(
  model: Layer,
  options: CompleteOptions<B, M>,
  restored: TrainingState | null,
  run: Run | null,
  inspection: Inspection,
): StartReport {
  const { loader, accumulate, epochs, steps, seed, validation } = options;
  const { length } = loader as { readonly length?: unknown };
  const stepsPerEpoch = typeof length === "number" ? Math.ceil(length / accumulate) : null;
  const inEpochs = epochs === Infinity ? Infinity : epochs * (stepsPerEpoch ?? Infinity);
  const before = restored && { steps: run?.past ?? [], epochs: restored.epochs };
  return { model, epochs, steps: Math.min(steps, inEpochs), stepsPerEpoch, seed, validation, before, inspection };
}
