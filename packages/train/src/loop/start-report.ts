import type { Layer } from "@tapegrad/nn";
import type { Metrics } from "../metrics/metric.ts";
import type { CompleteOptions } from "./options.ts";
import type { StartReport } from "./reports.ts";

/** What training with these options sets out to do. */
export function startReport<B, M extends Metrics>(model: Layer, options: CompleteOptions<B, M>): StartReport {
  const { loader, accumulate, epochs, steps, seed, validation } = options;
  const { length } = loader as { readonly length?: unknown };
  const stepsPerEpoch = typeof length === "number" ? Math.ceil(length / accumulate) : null;
  const inEpochs = epochs === Infinity ? Infinity : epochs * (stepsPerEpoch ?? Infinity);
  return { model, epochs, steps: Math.min(steps, inEpochs), stepsPerEpoch, seed, validation };
}
