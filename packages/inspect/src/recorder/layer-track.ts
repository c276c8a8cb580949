import type { Module } from "@tapegrad/nn";
import { Buffer } from "@tapegrad/nn/buffer";
import { InstanceNorm } from "@tapegrad/nn/instance-norm";
import type { Storage, Tensor } from "@tapegrad/tensor";

/** The buffers of a layer that keeps running statistics. */
export interface StatisticsBuffers {
  readonly mean: Tensor;
  readonly variance: Tensor;
  readonly batches: Tensor | null;
}

/** What a layer may say of its statistics; batch norms and instance norms do. */
interface NormFields {
  readonly runningMean?: unknown;
  readonly runningVar?: unknown;
  readonly numBatchesTracked?: unknown;
  readonly momentum?: unknown;
}

/** The buffers of a module whose `runningMean` and `runningVar` are buffers of one value a channel; null for others. */
export function buffersOf(module: Module): StatisticsBuffers | null {
  const { runningMean: mean, runningVar: variance, numBatchesTracked: batches } = module as NormFields;
  if (!(mean instanceof Buffer && variance instanceof Buffer)) return null;
  if (mean.rank !== 1 || variance.rank !== 1 || mean.size !== variance.size) return null;
  return { mean, variance, batches: batches instanceof Buffer && batches.size === 1 ? batches : null };
}

/** One layer of a recording, and the versions of its buffers that were last looked at. */
export class LayerTrack {
  readonly number: number;
  readonly name: string;
  readonly module: Module;
  readonly channels: number;
  #seen: readonly (readonly [storage: Storage, version: number])[] = [];

  constructor(number: number, name: string, module: Module, { mean }: StatisticsBuffers) {
    this.number = number;
    this.name = name;
    this.module = module;
    this.channels = mean.size;
  }

  /** Null once the layer has lost its statistics, or has others in their place that cannot be compared. */
  get buffers(): StatisticsBuffers | null {
    const buffers = buffersOf(this.module);
    return buffers?.mean.size === this.channels ? buffers : null;
  }

  /** Undefined where the layer has none that is a number or null. */
  get momentum(): number | null | undefined {
    const { momentum } = this.module as NormFields;
    return momentum === null || typeof momentum === "number" ? momentum : undefined;
  }

  /** Whether the statistics are others than when `note` was called. */
  get changed(): boolean {
    const now = this.#tensors();
    return (
      now.length > 0 &&
      (now.length !== this.#seen.length ||
        now.some(({ storage }, i) => storage !== this.#seen[i]![0] || storage.version !== this.#seen[i]![1]))
    );
  }

  note(): void {
    this.#seen = this.#tensors().map(({ storage }) => [storage, storage.version]);
  }

  #tensors(): readonly Tensor[] {
    const { buffers } = this;
    if (buffers === null) return [];
    return buffers.batches === null
      ? [buffers.mean, buffers.variance]
      : [buffers.mean, buffers.variance, buffers.batches];
  }
}

/** The layers of a model that keep running statistics, with their names. */
export function namedNorms(
  model: Module,
): readonly (readonly [name: string, module: Module, buffers: StatisticsBuffers])[] {
  return model.namedModules().flatMap(([name, module]) => {
    const buffers = buffersOf(module);
    return buffers === null ? [] : [[name, module, buffers] as const];
  });
}

/** How many values each statistic of a batch is made of; -1 if the input does not suit the layer. */
export function valuesPerStatistic({ module, channels }: LayerTrack, { shape, dtype }: Tensor): number {
  if (dtype !== "float32" || shape.length < 2 || shape[1] !== channels) return -1;
  const spatial = shape.slice(2).reduce((product, extent) => product * extent, 1);
  return module instanceof InstanceNorm ? spatial : shape[0]! * spatial;
}
