import { ValueError } from "@tapegrad/tensor";
import { checkInteger, showValue } from "@tapegrad/tensor/internal";
import { crc32 } from "../files/crc32.ts";

/** A place in an epoch: numbers and strings, to be kept as JSON or in a checkpoint. */
export interface LoaderState {
  /** The epoch that is under way, or the next one. */
  readonly epoch: number;
  /** How many of its batches the loop has been given. */
  readonly batch: number;
  readonly batchSize: number;
  /** The checksum of the order in which the epoch takes its examples: in another order, the place would be another. */
  readonly order: number;
  /** What `batchTransform` draws from, if there is one: another seed would mix the batches otherwise. */
  readonly seed?: string;
  /** What the dataset's `stateDict` gave, if it has one. */
  readonly dataset?: unknown;
}

/** What can be left in the middle and gone on with. */
export interface Resumable {
  /** The place in the epoch, for `loadStateDict`. */
  stateDict(): LoaderState;
  /** Goes on at a place that `stateDict` gave. @throws ValueError if it is another's. */
  loadStateDict(state: LoaderState): void;
  /** A checksum by which other data are told; null if there is none. */
  fingerprint?(): Promise<string | null>;
}

export function checksumOf(order: readonly number[]): number {
  return crc32(new Uint8Array(Int32Array.from(order).buffer));
}

export function checksumOfText(text: string): number {
  return crc32(new TextEncoder().encode(text));
}

/** The fields of a state, which may have become a map on its way through a file. @throws ValueError naming `op` and the field. */
export function readLoaderState(op: string, state: unknown): LoaderState {
  const fields = (state instanceof Map ? Object.fromEntries(state) : Object(state)) as Partial<LoaderState>;
  const { epoch, batch, batchSize, order } = fields;
  for (const [field, value] of Object.entries({ epoch, batch, batchSize, order })) {
    if (value === undefined)
      throw new ValueError(`${op}: expected what stateDict gave, got ${showValue(state)}, which has no ${field}`);
    checkInteger(op, field, value, 0);
  }
  return fields as LoaderState;
}
