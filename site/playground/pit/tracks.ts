import type { RecordedCall, StatisticsRecording } from "@tapegrad/inspect";
import { distanceOf } from "./distance-of.ts";

/** The way of a layer's statistics: how far its running mean, and the mean of each batch, lay from where the running mean began. */
export interface Track {
  readonly layer: string;
  /** Call by call, in standard deviations. */
  readonly running: readonly number[];
  readonly batch: readonly number[];
}

export function tracksOf({ layers, events }: StatisticsRecording): Track[] {
  const calls = events.filter((event) => event.event === "call");
  return layers.map(({ name }) =>
    trackOf(
      name,
      calls.filter(({ layer }) => layer === name),
    ),
  );
}

function trackOf(layer: string, calls: readonly RecordedCall[]): Track {
  const first = calls[0]?.before;
  if (first === undefined) return { layer, running: [], batch: [] };
  return {
    layer,
    running: calls.map(({ after }) => distanceOf(after.mean, first)),
    batch: calls.map(({ batch, after }) => distanceOf(batch?.mean ?? after.mean, first)),
  };
}
