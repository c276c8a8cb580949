import { type Tensor, ValueError } from "@tapegrad/tensor";
import { isPlainObject, showValue } from "@tapegrad/tensor/internal";

/**
 * Something that is measured of a model's outputs over many batches.
 *
 * `update` only queues work on the device, so that measuring does not hold training up; `compute` reads it. The value is that of all
 * examples since the last `reset`, however they were cut into batches.
 */
export interface Metric<R = number> {
  /** Forgets everything. */
  reset(): void;
  /** Takes a batch in. @throws ShapeError or DTypeError if outputs and targets are none that the metric is for. */
  update(outputs: Tensor, targets: Tensor): void;
  /** The value over all batches. @throws ValueError if there was none. */
  compute(): Promise<R>;
}

/** Metrics by the names that their values have in reports. */
export type Metrics = Readonly<Record<string, Metric<unknown>>>;

/** What metrics come to, under their names. */
export type MetricValues<M extends Metrics> = {
  readonly [K in keyof M]: M[K] extends Metric<infer R> ? R : never;
};

/** The values of all metrics, one after the other. */
export async function computeAll<M extends Metrics>(metrics: M): Promise<MetricValues<M>> {
  const values: Record<string, unknown> = {};
  for (const [name, metric] of Object.entries(metrics)) values[name] = await metric.compute();
  return values as MetricValues<M>;
}

/** @throws ValueError naming the caller and the metric unless all are metrics. */
export function checkMetrics(caller: string, option: string, metrics: unknown): void {
  if (!isPlainObject(metrics))
    throw new ValueError(`${caller}: ${option} must be an object of metrics by name, got ${showValue(metrics)}`);
  for (const [name, metric] of Object.entries(metrics)) {
    const { reset, update, compute } = Object(metric) as Partial<Metric>;
    if (![reset, update, compute].every((method) => typeof method === "function"))
      throw new ValueError(
        `${caller}: ${option}.${name} must be a metric, with reset, update and compute, got ${showValue(metric)}`,
      );
  }
}
