import { textTable } from "@tapegrad/nn/internal";
import type { StatisticsRecording, Tally } from "./recording.ts";

/** A recording as lines of text: the calls that are alike on one line each, and what is striking below. */
export function recordingTable(recording: StatisticsRecording): string {
  const { tallies, events, dropped, steps } = recording;
  const lines = tallies.map((tally) => [
    tally.layer || "itself",
    tally.mode,
    tally.activity,
    String(tally.calls),
    tally.moved ? "moved" : "",
    stepsOf(tally),
    tally.place,
    tally.because,
  ]);
  const header = ["layer", "mode", "while", "calls", "", "steps", "called by", "why"];
  const held = `${countOf(events.length, "event")} held, ${dropped} dropped; ${countOf(steps, "step")}.`;
  return [textTable(header, lines, [3]), held, ...strikingIn(recording)].join("\n");
}

/** What should not be in a recording of training, as sentences. */
export function strikingIn({ tallies, events }: StatisticsRecording): readonly string[] {
  const evaluating = tallies.filter(({ moved, activity }) => moved && activity === "evaluating");
  const places = [...new Set(evaluating.map(({ place }) => place))];
  const changes = events.filter(
    (event) => event.event === "change" && event.kind === "assigned" && event.place === null,
  );
  return [
    ...places.map((place) => {
      const own = evaluating.filter((tally) => tally.place === place);
      const layers = [...new Set(own.map(({ layer }) => layer || "itself"))];
      const first = Math.min(...own.map((tally) => tally.first.step));
      return `Moved while evaluating, from step ${first} on, by ${place}: ${listOf(layers)}. ${own[0]!.because}.`;
    }),
    ...(changes.length === 0
      ? []
      : [`Changed outside of calls: ${listOf([...new Set(changes.map(({ layer }) => layer || "itself"))])}.`]),
  ];
}

function listOf(names: readonly string[]): string {
  return names.slice(0, 5).join(", ") + (names.length > 5 ? `, … (${names.length} in all)` : "");
}

function stepsOf({ first, last }: Tally): string {
  return first.step === last.step ? String(first.step) : `${first.step}–${last.step}`;
}

function countOf(count: number, what: string): string {
  return count === 1 ? `1 ${what}` : `${count} ${what}s`;
}
