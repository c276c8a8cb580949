import { textTable } from "@tapegrad/nn/internal";
import { recordingFindings } from "./recording-findings.ts";
import type { StatisticsRecording, Tally } from "./recording.ts";

/** A recording as lines of text: the calls that are alike on one line each, and what is striking below. */
export function recordingTable(recording: StatisticsRecording): string {
  const { tallies, events, dropped, steps } = recording;
  const lines = tallies.map((tally) => [
    tally.layer || "itself",
    tally.mode,
    tally.activity,
    String(tally.calls),
    tally.moved ? (tally.again ? "moved again" : "moved") : "",
    stepsOf(tally),
    tally.place,
    tally.because,
  ]);
  const header = ["layer", "mode", "while", "calls", "", "steps", "called by", "why"];
  const held = `${countOf(events.length, "event")} held, ${dropped} dropped; ${countOf(steps, "step")}.`;
  return [textTable(header, lines, [3]), held, ...strikingIn(recording)].join("\n");
}

/** What should not be in a recording of training, as sentences. */
export function strikingIn(recording: StatisticsRecording): readonly string[] {
  const { findings, hints } = recordingFindings(recording);
  return [...findings, ...hints].map(({ verdict }) => `${verdict[0]!.toUpperCase()}${verdict.slice(1)}.`);
}

function stepsOf({ first, last }: Tally): string {
  return first.step === last.step ? String(first.step) : `${first.step}–${last.step}`;
}

function countOf(count: number, what: string): string {
  return count === 1 ? `1 ${what}` : `${count} ${what}s`;
}
