import { type Finding, findingText, named } from "../diagnosis/finding.ts";
import { cureOfFewValues, cureOfMomentum, cureOfSharing, faultOfMomentum } from "../diagnosis/norm-options.ts";
import { learnedInEval } from "./activity.ts";
import { checkLaw } from "./check-law.ts";
import type { Moment, RecordedEvent, StatisticsRecording, Tally } from "./recording.ts";

/** Something that a recording shows, since when, and from which line of the program. */
export interface RecordingFinding extends Finding {
  /** Steps of the optimizer before it happened first. */
  readonly step: number;
  /** Null where no call did it. */
  readonly place: string | null;
}

/** What a recording shows that should not be in one of a training. `String(findings)` is a readable text. */
export interface RecordingFindings {
  /** Faults: what a sound training never has. */
  readonly findings: readonly RecordingFinding[];
  /** What may be meant. */
  readonly hints: readonly RecordingFinding[];
  toString(): string;
}

type Summary = Omit<RecordingFinding, "step" | "place" | "layers" | "evidence">;

/**
 * Looks through a recording for what moves running statistics as it should not:
 *
 * - `movedWhileEvaluating`: by calls that nothing learned from;
 * - `learnsInEval`: not at all, where the model as a whole is in eval mode in all that a step learns from;
 * - `changedOutside`: by something else than a call, which nothing of tapegrad's explains;
 * - `lawBroken`: by a call, but not to `(1 − α)·x + α·x_t`; see `checkLaw`;
 * - `normCalledTwice`: twice in a pass, in which what holds the layer was called once;
 * - `momentum`: 0, 1, reversed, or beyond;
 * - `batchTooSmall`: by fewer than 8 values for each channel; a hint if it is one picture, or what is left over at the end of an epoch: no more
 *   than half of the calls;
 * - `learnsInEval`, a hint: by no call any more since a step from which on the layer is in eval mode, not frozen, while the rest learns;
 * - `thawed`, a hint: since a step, in a layer that had been held in eval mode while learning.
 *
 * All but `changedOutside`, `lawBroken` and the step of `thawed` are told of calls that the ring has dropped, too.
 */
export function recordingFindings(recording: StatisticsRecording): RecordingFindings {
  const { tallies, layers } = recording;
  const norms = new Set(layers.flatMap(({ name, counts }) => (counts ? [name] : [])));
  const moving = tallies.filter(({ moved }) => moved);
  const learning = moving.filter(({ activity }) => activity === "learning");
  const ofNorms = learning.filter(({ layer }) => norms.has(layer));
  const few = ofNorms.filter(({ batch }) => batch === "few values");
  const leftOver = few.filter((tally) => 2 * callsOf(few, tally) <= callsOf(ofNorms, tally));
  const single = ofNorms.filter(({ batch }) => batch === "one example");
  const findings = [
    ...byPlace(
      moving.filter(({ activity }) => activity === "evaluating"),
      evaluating,
    ),
    ...byPlace(
      tallies.filter(({ because, mode }) => because === learnedInEval && mode === "eval"),
      inEval,
    ),
    ...changedOutside(recording),
    ...lawBroken(recording),
    ...byPlace(
      learning.filter(({ again }) => again),
      twice,
    ),
    ...byPlace(
      ofNorms.filter(({ oddMomentum }) => oddMomentum !== null),
      ofMomentum,
    ),
    ...byPlace(
      few.filter((tally) => !leftOver.includes(tally)),
      tooFew,
    ),
  ];
  const hints = [...byPlace(leftOver, tooFew), ...byPlace(single, onePicture), ...held(tallies), ...thawed(recording)];
  const listed = [...findings, ...hints.map((hint) => ({ ...hint, verdict: `hint: ${hint.verdict}` }))];
  const text = (): string => (listed.length === 0 ? "nothing is wrong" : listed.map(findingText).join("\n"));
  return { findings, hints, toString: text };
}

/** How many calls of a layer were made from a line. */
function callsOf(tallies: readonly Tally[], { layer, place }: Tally): number {
  return tallies.reduce((sum, each) => (each.layer === layer && each.place === place ? sum + each.calls : sum), 0);
}

/** A finding for each line of the program, with all layers that it is about. */
function byPlace(tallies: readonly Tally[], say: (first: Tally, layers: string) => Summary): RecordingFinding[] {
  return [...new Set(tallies.map(({ place }) => place))].map((place) => {
    const own = tallies.filter((tally) => tally.place === place);
    const first = own.reduce((a, b) => (b.first.index < a.first.index ? b : a));
    const layers = [...new Set(own.map(({ layer }) => layer))];
    const calls = own.reduce((sum, tally) => sum + tally.calls, 0);
    const { step } = first.first;
    return { ...say(first, named(layers)), layers, evidence: { step, calls }, step, place };
  });
}

function evaluating({ place, because, first }: Tally, layers: string): Summary {
  return {
    fault: "movedWhileEvaluating",
    verdict: `moved while evaluating, from step ${first.step} on, by ${place}: ${layers}. ${because}`,
    cure: "evaluating(model, fn) gives every module its mode back; updateBatchNorm renews statistics on purpose",
  };
}

function inEval({ place, first }: Tally, layers: string): Summary {
  return {
    fault: "learnsInEval",
    verdict: `the model learns in eval mode, from step ${first.step} on, by ${place}: ${layers} do not follow the weights`,
    cure: "call model.train() after validation; evaluating(model, fn) gives every module its mode back",
  };
}

function twice({ place, first }: Tally, layers: string): Summary {
  return {
    fault: "normCalledTwice",
    verdict: `called more than once in a pass, from step ${first.step} on, by ${place}: ${layers}`,
    cure: cureOfSharing,
  };
}

function ofMomentum({ oddMomentum, place, first }: Tally, layers: string): Summary {
  return {
    fault: "momentum",
    verdict: `momentum ${oddMomentum} of ${layers} ${faultOfMomentum(oddMomentum!)}; from step ${first.step} on, by ${place}`,
    cure: cureOfMomentum,
  };
}

function tooFew({ place, first }: Tally, layers: string): Summary {
  return {
    fault: "batchTooSmall",
    verdict: `moved by batches of fewer than 8 values for each channel, from step ${first.step} on, by ${place}: ${layers}`,
    cure: `${cureOfFewValues}; dropLast in the loader leaves out what is left at the end`,
  };
}

function onePicture({ place, first }: Tally, layers: string): Summary {
  return {
    fault: "batchTooSmall",
    verdict: `moved by batches of one example, from step ${first.step} on, by ${place}: ${layers}`,
    cure: `${cureOfFewValues}; dropLast in the loader leaves out what is left at the end`,
  };
}

function changedOutside({ events }: StatisticsRecording): RecordingFinding[] {
  const changes = events.filter(
    (event) => event.event === "change" && event.kind === "assigned" && event.place === null,
  );
  if (changes.length === 0) return [];
  const layers = [...new Set(changes.map(({ layer }) => layer))];
  const [{ step }] = changes as [RecordedEvent];
  return [
    {
      fault: "changedOutside",
      layers,
      verdict: `changed outside of calls, from step ${step} on: ${named(layers)}`,
      evidence: { step, changes: changes.length },
      cure: "look for assign, and for an optimizer or an average that holds the buffers; recorder.whoMoved has the events between which it was",
      step,
      place: null,
    },
  ];
}

function lawBroken(recording: StatisticsRecording): RecordingFinding[] {
  const breaks = checkLaw(recording).filter(({ place }) => place !== null);
  const [first] = breaks;
  if (first === undefined) return [];
  return [
    {
      fault: "lawBroken",
      layers: [...new Set(breaks.map(({ layer }) => layer))],
      verdict: `running statistics did not become (1 − α)·x + α·x_t: ${first.message}`,
      evidence: { step: first.step, events: breaks.length },
      cure: "look at what else writes them while the layer runs: a forward of one's own, a hook",
      step: first.step,
      place: first.place,
    },
  ];
}

/** Layers that moved while something learned, and have been held in eval mode since. */
function held(tallies: readonly Tally[]): RecordingFinding[] {
  const learning = tallies.filter(({ activity, because }) => activity === "learning" && because !== learnedInEval);
  const left = learning.filter(({ layer, mode, first }) => {
    const moves = learning.filter((each) => each.layer === layer && each.moved);
    return mode === "eval" && moves.length > 0 && moves.every(({ last }) => last.index < first.index);
  });
  return byPlace(left, ({ place, first }, layers) => ({
    fault: "learnsInEval",
    verdict: `in eval mode while the rest of the model learns, from step ${first.step} on, by ${place}: ${layers} do not follow the weights`,
    cure: "look for eval() of a part of the model; freeze() holds it in eval mode on purpose",
  }));
}

/** Layers that were held in eval mode while something learned, and moved later. */
function thawed({ tallies, events }: StatisticsRecording): RecordingFinding[] {
  const learning = tallies.filter(({ activity }) => activity === "learning");
  const found: (readonly [layer: string, moment: Moment, place: string])[] = [];
  for (const layer of new Set(learning.map((tally) => tally.layer))) {
    const own = learning.filter((tally) => tally.layer === layer);
    const held = Math.max(-1, ...own.filter(({ mode }) => mode !== "train").map(({ last }) => last.index));
    if (held < 0) continue;
    const event = events.find(
      (each) =>
        each.event === "call" &&
        each.layer === layer &&
        each.index > held &&
        each.moved &&
        each.activity === "learning",
    );
    const tally = own.find(({ moved, first }) => moved && first.index > held);
    if (tally !== undefined) found.push([layer, tally.first, tally.place]);
    else if (event?.event === "call") found.push([layer, event, event.place]);
  }
  return [...new Set(found.map(([, , place]) => place))].map((place) => {
    const own = found.filter((each) => each[2] === place);
    const layers = own.map(([layer]) => layer);
    const step = Math.min(...own.map(([, moment]) => moment.step));
    return {
      fault: "thawed",
      layers,
      verdict: `held in eval mode, and moved from step ${step} on, by ${place}: ${named(layers)}`,
      evidence: { step, layers: layers.length },
      cure: "freeze() holds layers in eval mode whatever train() says; if they shall learn now, all is well",
      step,
      place,
    };
  });
}
