import { ValueError } from "@tapegrad/tensor";
import { oneOf, orNull, readOptions, showValue } from "@tapegrad/tensor/internal";
import type { Activity, RecordedChange, StatisticsRecording, Tally } from "./recording.ts";

/** Options of `whoMoved`. */
export interface WhoMovedOptions {
  /** Only what happened while the program was doing this; null for everything. @default null */
  readonly while?: Activity | null;
}

/** What moved the running statistics of a layer. `String(movers)` says it in sentences. */
export interface Movers {
  readonly layer: string;
  readonly while: Activity | null;
  /** Calls that moved them, also those that the ring has dropped; alike ones together, in the order of the first of each. */
  readonly calls: readonly Tally[];
  /** What changed them outside of calls, as far as the ring holds it. Empty if it was asked what happened while something. */
  readonly changes: readonly RecordedChange[];
  toString(): string;
}

/**
 * Finds what moved the running statistics of a layer: from which lines, while the program was doing what, since which step.
 *
 * @throws ValueError if no layer has the name.
 */
export function whoMoved(recording: StatisticsRecording, layer: string, options: WhoMovedOptions = {}): Movers {
  const activities = oneOf("learning", "evaluating", "renewing", "undecided");
  const { while: activity } = readOptions<WhoMovedOptions>("whoMoved", options, { while: [null, orNull(activities)] });
  const names = recording.layers.map(({ name }) => name);
  if (!names.includes(layer))
    throw new ValueError(
      `whoMoved: no layer with running statistics is called ${showValue(layer)}; there are ${names.join(", ")}`,
    );
  const calls = recording.tallies.filter(
    (tally) => tally.layer === layer && tally.moved && (activity === null || tally.activity === activity),
  );
  const changes =
    activity !== null ? [] : recording.events.filter((event) => event.event === "change" && event.layer === layer);
  const found = { layer, while: activity, calls, changes: changes as readonly RecordedChange[] };
  return { ...found, toString: () => inWords(found) };
}

function inWords({ layer, while: activity, calls, changes }: Omit<Movers, "toString">): string {
  const name = layer || "the model";
  const when = activity === null ? "" : ` while ${activity}`;
  if (calls.length + changes.length === 0) return `Nothing moved the running statistics of ${name}${when}.`;
  const lines = [
    ...calls.map(
      (tally) =>
        `${tally.place} moved them ${times(tally.calls)} while ${tally.activity}, ${spanOf(tally)}: the layer was in ${modeText(tally)}, and ${tally.because}`,
    ),
    ...changes.map((change) => changeInWords(change)),
  ];
  return `The running statistics of ${name} were moved${when}:\n${lines.map((line) => `  ${line}`).join("\n")}`;
}

/** A change outside of calls, as a sentence. */
export function changeInWords({ step, kind, same, by, place, between: [before, after] }: RecordedChange): string {
  const what =
    kind === "put back"
      ? `put back to what they were ${same === -1 ? "at the oldest event" : `after event ${same}`}`
      : kind;
  const who = by === null ? "outside of any call, and nothing of tapegrad's says so" : `by ${by}`;
  const where = place === null ? "" : `, called by ${place}`;
  const from = before === null ? "before the first event of the layer" : `after event ${before}`;
  const to = after === null ? "" : ` and before event ${after}`;
  return `at step ${step}, ${from}${to}, they were ${what} ${who}${where}`;
}

function times(count: number): string {
  return count === 1 ? "once" : `${count} times`;
}

function spanOf({ first, last }: Tally): string {
  return first.step === last.step ? `at step ${first.step}` : `from step ${first.step} to step ${last.step}`;
}

function modeText({ mode }: Tally): string {
  return mode === "frozen" ? "eval mode, frozen" : `${mode} mode`;
}
