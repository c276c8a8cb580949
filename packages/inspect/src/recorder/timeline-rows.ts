import { channelDistances } from "@tapegrad/nn/internal";
import type { Activity, RecordedCall, RecordedEvent, StatisticsRecording } from "./recording.ts";

/** A stretch of events of a layer that are alike. */
export interface Stretch {
  readonly from: number;
  /** The first column after it. */
  readonly to: number;
  readonly activity: Activity;
  readonly mode: RecordedCall["mode"];
  readonly moved: boolean;
  readonly place: string;
  readonly because: string;
  readonly steps: readonly [first: number, last: number];
}

/** What lies in one column of a row: the most of each distance among its events. */
export interface Point {
  readonly column: number;
  /** How far the means of the batch are from the running ones, in standard deviations. */
  readonly meanDrift: number;
  /** How far the variances are, as the absolute logarithm of their ratio. */
  readonly varianceDrift: number;
}

/** A layer as the timeline draws it. */
export interface TimelineRow {
  readonly layer: string;
  readonly stretches: readonly Stretch[];
  readonly points: readonly Point[];
  /** Columns in which the statistics changed outside of calls. */
  readonly changes: readonly {
    readonly column: number;
    readonly event: Extract<RecordedEvent, { readonly event: "change" }>;
  }[];
}

/** What the timeline draws, and which step each column begins with. */
export interface Timeline {
  readonly rows: readonly TimelineRow[];
  readonly steps: readonly number[];
}

/** Puts the events of a recording into columns, at most so many. Events of one pass share a column. */
export function timelineOf({ layers, events }: StatisticsRecording, mostColumns: number): Timeline {
  const columns = columnsOf(events, mostColumns);
  const rows = layers.map(({ name }): TimelineRow => {
    const stretches: Stretch[] = [];
    const points = new Map<number, Point>();
    const changes: TimelineRow["changes"][number][] = [];
    for (const [i, event] of events.entries()) {
      if (event.layer !== name) continue;
      const column = columns.of[i]!;
      if (event.event === "change") {
        changes.push({ column, event });
        continue;
      }
      addStretch(stretches, column, event);
      const distances = distancesOf(event);
      if (distances === null) continue;
      const known = points.get(column);
      const more = (key: keyof typeof distances): number => Math.max(known?.[key] ?? 0, distances[key]);
      points.set(column, { column, meanDrift: more("meanDrift"), varianceDrift: more("varianceDrift") });
    }
    return { layer: name, stretches, points: [...points.values()], changes };
  });
  return { rows, steps: columns.steps };
}

/** The column of each event, and the step that each column begins with. */
function columnsOf(
  events: readonly RecordedEvent[],
  most: number,
): { readonly of: readonly number[]; readonly steps: readonly number[] } {
  let [slots, pass]: [number, number | null] = [0, null];
  // What changed between two calls is drawn with the later one.
  const slotOf = events.map((event) => {
    if (event.event === "change") {
      const next = events[(event.between[1] ?? -1) - events[0]!.index];
      return next?.event === "call" && next.pass !== pass ? slots : Math.max(0, slots - 1);
    }
    if (event.pass !== pass) slots++;
    pass = event.pass;
    return slots - 1;
  });
  // A large ring holds more events than a call takes arguments.
  for (const slot of slotOf) slots = Math.max(slots, slot + 1);
  const scale = slots > most ? most / slots : 1;
  const of = slotOf.map((slot) => Math.floor(slot * scale));
  const steps: number[] = [];
  for (const [i, event] of events.entries()) steps[of[i]!] ??= event.step;
  return { of, steps };
}

function addStretch(stretches: Stretch[], column: number, event: RecordedCall): void {
  const { activity, mode, moved, place, because, step } = event;
  const last = stretches.at(-1);
  const alike = last?.activity === activity && last.mode === mode && last.moved === moved && last.place === place;
  if (last !== undefined && alike && column <= last.to)
    stretches[stretches.length - 1] = { ...last, to: column + 1, steps: [last.steps[0], step] };
  else stretches.push({ from: column, to: column + 1, activity, mode, moved, place, because, steps: [step, step] });
}

/** How far a batch lies from the running statistics that were there when it came; null if that is not known. */
function distancesOf({ batch, before }: RecordedCall): Omit<Point, "column"> | null {
  if (batch === null) return null;
  const { meanDrift, varianceDrift } = channelDistances(batch, before, 1e-5);
  return Number.isFinite(meanDrift) && Number.isFinite(varianceDrift) ? { meanDrift, varianceDrift } : null;
}
