import { ValueError } from "@tapegrad/tensor";
import { EventRing, headerWords } from "./event-ring.ts";
import type { LayerTrack } from "./layer-track.ts";

/** Values of a layer on the host. */
export interface HostStatistics {
  readonly mean: Float32Array;
  readonly variance: Float32Array;
  /** -1 where the layer does not count. */
  readonly batches: number;
}

/** An event as it lies in the ring, without its values. */
export interface StoredEvent {
  readonly index: number;
  readonly layer: number;
  readonly flags: number;
  readonly step: number;
  /** -1 for a change. */
  readonly pass: number;
  /** The number of the place; -1 where there is none. */
  readonly place: number;
  /** -1 where it is not known; and so below. */
  readonly batchSize: number;
  readonly count: number;
  /** The number of the momentum; for a change, of its cause. */
  readonly momentum: number;
  readonly batches: number;
  verdict: number;
}

/** What may be true of an event. */
export const flag = {
  change: 1,
  training: 2,
  frozen: 4,
  moved: 8,
  gradients: 16,
  batch: 32,
  after: 64,
  /** The layer was called before in the pass, and what holds it was not as often. */
  again: 128,
  /** Statistics were moved by a batch of one example, or by too few values for each channel. */
  single: 256,
  few: 512,
} as const;

/** An event and its values, which are views of the ring. */
export interface LoggedEvent extends StoredEvent {
  readonly batch: Omit<HostStatistics, "batches"> | null;
  /** The statistics afterwards; null where they stayed as they were. */
  readonly after: HostStatistics | null;
}

/** Events in a ring of bounded size, and the statistics before the oldest of them. */
export class EventLog {
  readonly #ring: EventRing;
  readonly #layers: readonly LayerTrack[];
  readonly #bases: HostStatistics[] = [];
  #dropped = 0;
  #lastDroppedStep = -1;

  /** @param layers grows as layers are found. */
  constructor(bytes: number, layers: readonly LayerTrack[]) {
    this.#ring = new EventRing(bytes, (offset) => this.#drop(offset));
    this.#layers = layers;
  }

  get dropped(): number {
    return this.#dropped;
  }

  /** The step of the newest event that was dropped; -1 before. */
  get lastDroppedStep(): number {
    return this.#lastDroppedStep;
  }

  get count(): number {
    return this.#ring.count;
  }

  /** Whether the ring can hold an event of a layer with so many channels. */
  hasRoom(channels: number): boolean {
    return headerWords + 4 * channels <= this.#ring.ints.length;
  }

  /** @throws ValueError if it cannot. */
  checkRoom(channels: number): void {
    if (this.hasRoom(channels)) return;
    const [needed, has] = [4 * (headerWords + 4 * channels), 4 * this.#ring.ints.length];
    throw new ValueError(
      `recordStatistics: one call of a layer of ${channels} channels takes ${needed} bytes, and the ring has ${has}; say more bytes`,
    );
  }

  /** The statistics of a layer that is new to the recording. */
  begin(statistics: HostStatistics): void {
    this.#bases.push(statistics);
  }

  /** Adds an event, and returns where it lies. */
  add(event: StoredEvent, batch: LoggedEvent["batch"], after: HostStatistics | null): number {
    const { channels } = this.#layers[event.layer]!;
    const words = headerWords + (batch === null ? 0 : 2 * channels) + (after === null ? 0 : 2 * channels);
    const offset = this.#ring.add(words);
    const { ints, floats } = this.#ring;
    ints[offset + 1] = event.index;
    ints[offset + 2] = event.layer;
    ints[offset + 3] = event.flags | (batch === null ? 0 : flag.batch) | (after === null ? 0 : flag.after);
    ints[offset + 4] = event.step;
    ints[offset + 5] = event.pass;
    ints[offset + 6] = event.place;
    ints[offset + 7] = event.batchSize;
    ints[offset + 8] = event.count;
    ints[offset + 9] = event.momentum;
    ints[offset + 10] = after?.batches ?? event.batches;
    ints[offset + 11] = event.verdict;
    let next = offset + headerWords;
    for (const values of [batch, after]) {
      if (values === null) continue;
      floats.set(values.mean, next);
      floats.set(values.variance, next + channels);
      next += 2 * channels;
    }
    return offset;
  }

  /** Judges an event anew, if it is still there. */
  setVerdict(offset: number, index: number, verdict: number): void {
    if (index >= this.#dropped) this.#ring.ints[offset + 11] = verdict;
  }

  /** Drops events of steps before this one. */
  dropBefore(step: number): void {
    for (;;) {
      const [oldest] = this.#ring.offsets();
      if (oldest === undefined || this.#ring.ints[oldest + 4]! >= step) return;
      this.#ring.dropOldest();
    }
  }

  /** The events, the oldest first. */
  *events(): Iterable<LoggedEvent> {
    for (const offset of this.#ring.offsets()) yield this.#read(offset);
  }

  /** The statistics of all layers before the oldest event. */
  bases(): HostStatistics[] {
    return [...this.#bases];
  }

  #read(offset: number): LoggedEvent {
    const { ints, floats } = this.#ring;
    const [, index, layer, flags, step, pass, place, batchSize, count, momentum, batches, verdict] = ints.subarray(
      offset,
      offset + headerWords,
    ) as unknown as readonly [
      number,
      number,
      number,
      number,
      number,
      number,
      number,
      number,
      number,
      number,
      number,
      number,
    ];
    const { channels } = this.#layers[layer]!;
    let next = offset + headerWords;
    const take = (bit: number): Omit<HostStatistics, "batches"> | null => {
      if ((flags & bit) === 0) return null;
      const start = next;
      next += 2 * channels;
      return { mean: floats.subarray(start, start + channels), variance: floats.subarray(start + channels, next) };
    };
    const batch = take(flag.batch);
    const after = take(flag.after);
    return {
      index,
      layer,
      flags,
      step,
      pass,
      place,
      batchSize,
      count,
      momentum,
      batches,
      verdict,
      batch,
      after: after && { ...after, batches },
    };
  }

  #drop(offset: number): void {
    const { layer, step, after } = this.#read(offset);
    if (after !== null)
      this.#bases[layer] = { mean: after.mean.slice(), variance: after.variance.slice(), batches: after.batches };
    this.#dropped++;
    this.#lastDroppedStep = step;
  }
}

/** Statistics of the values that were read: mean, variance, and the count where there is one. */
export function statisticsOf([mean, variance, batches]: readonly ArrayLike<number>[]): HostStatistics {
  return { mean: Float32Array.from(mean!), variance: Float32Array.from(variance!), batches: batches?.[0] ?? -1 };
}
