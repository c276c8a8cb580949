import type { Module } from "@tapegrad/nn";
import { checkModule } from "@tapegrad/nn/internal";
import { fromHost, noGrad, ValueError, withDevice } from "@tapegrad/tensor";
import { checkInteger, explainChange, integerFrom, readOptions } from "@tapegrad/tensor/internal";
import { checkLaw, type LawBreak } from "./check-law.ts";
import type { HostStatistics } from "./event-log.ts";
import { type Drift, type DriftBatch, findFirstDrift, type FirstDriftOptions, type StateAfter } from "./first-drift.ts";
import { namedNorms } from "./layer-track.ts";
import { type RecordingFindings, recordingFindings } from "./recording-findings.ts";
import { recordingTable } from "./recording-table.ts";
import { recordingOf } from "./recording-view.ts";
import type { RunningStatistics, StatisticsRecording } from "./recording.ts";
import { StatisticsWatch } from "./statistics-watch.ts";
import { timelineHtml } from "./timeline-html.ts";
import { type TimelineOptions, timelineSvg } from "./timeline-svg.ts";
import { type Movers, whoMoved, type WhoMovedOptions } from "./who-moved.ts";

/** Options of `recordStatistics`. */
export interface RecordStatisticsOptions {
  /** Of how many steps of the optimizer, the last ones, events are kept; fewer if they do not fit. @default Infinity */
  readonly steps?: number;
  /** Size of the ring that holds the events, in bytes. What it drops stays in the tallies, without values. @default 2 ** 20 */
  readonly bytes?: number;
}

/** A moment: after so many steps of the optimizer, or right after an event. */
export type At = number | { readonly event: number };

/**
 * Records what every call does to the running statistics of a model, until `stop()` is called.
 *
 * ```ts
 * using recorder = recordStatistics(model);
 * await train(model);
 * console.log(String(recorder.whoMoved("layer2.0.bn1", { while: "evaluating" })));
 * ```
 *
 * A **step** is a step of an optimizer of tapegrad that holds parameters of the model; optimizers that step one after the other,
 * without a call of the model between them, make one step together. What happens after `k` steps and before the next is of step `k`.
 *
 * @throws ValueError if the model has no layer with running statistics, or `bytes` are too few for one call.
 */
export function recordStatistics(model: Module, options: RecordStatisticsOptions = {}): StatisticsRecorder {
  return new StatisticsRecorder(model, options);
}

/** What `recordStatistics` returns. */
export class StatisticsRecorder {
  readonly #model: Module;
  readonly #watch: StatisticsWatch;

  constructor(model: Module, options: RecordStatisticsOptions = {}) {
    checkModule("recordStatistics: model", model);
    const { steps, bytes } = readOptions("recordStatistics", options, {
      steps: [Infinity, (caller, name, value) => void (value === Infinity || integerFrom(1)(caller, name, value))],
      bytes: [2 ** 20, integerFrom(1)],
    });
    if (namedNorms(model).length === 0)
      throw new ValueError("recordStatistics: no layer of the model keeps running statistics");
    this.#model = model;
    this.#watch = new StatisticsWatch(model, bytes, steps);
  }

  /** Steps of the optimizer so far. */
  get steps(): number {
    return this.#watch.steps;
  }

  /** Waits until everything has been read from a device that cannot be read at once, WebGPU, and, in browsers, for source maps. */
  async ready(): Promise<void> {
    await Promise.all([this.#watch.reader.ready(), this.#watch.places.fetchMaps()]);
  }

  /** All that is held, as plain data. @throws ValueError if `ready()` has to be awaited before. */
  recording(): StatisticsRecording {
    this.#settle("recording");
    return recordingOf(this.#watch);
  }

  /**
   * The running statistics of each layer as they were when the optimizer had taken so many steps, before anything else happened; or right
   * after an event of the recording.
   *
   * @throws ValueError if that is not, or no longer, recorded.
   */
  at(moment: At): ReadonlyMap<string, RunningStatistics> {
    const states = this.#statesAt("at", moment);
    const { layers } = this.#watch;
    return new Map(
      states.map(({ mean, variance, batches }, i) => [
        layers[i]!.name,
        { mean: [...mean], variance: [...variance], batches: batches < 0 ? null : batches },
      ]),
    );
  }

  /**
   * Gives the layers the statistics that they had at a moment, bit by bit. Weights stay: predictions in eval mode are those of that moment
   * if the weights are.
   *
   * @throws ValueError as `at`.
   */
  restore(moment: At): void {
    const states = this.#statesAt("restore", moment);
    explainChange("recorder.restore", () => this.#assign(states));
  }

  /**
   * What moved the running statistics of a layer: from which lines, while what, since which step. Calls whose values the ring has
   * dropped count.
   *
   * @throws ValueError if no layer has the name.
   */
  whoMoved(layer: string, options: WhoMovedOptions = {}): Movers {
    return whoMoved(this.recording(), layer, options);
  }

  /**
   * The event after which accuracy in eval mode could not be what it was. Recorded statistics are tried on a batch with the **weights of
   * now**: those with the best accuracy are found among the oldest moment and up to 16 others, evenly spaced, the last among them; and from
   * there to the end it is halved until one event is left that takes accuracy from within `tolerance` of the best to below. Where
   * accuracy goes to and fro, it is one such event, not necessarily the first, and a better moment may lie between those that were tried.
   * `exhaustive: true` tries all moments that the ring holds: then the best is the best of all, and the event the first such one.
   * The model is left as it is.
   *
   * @returns null if the statistics of now are as good, but for `tolerance` and chance.
   * @throws ValueError if outputs are no scores of classes, and `measure` is missing; of fewer than 10 examples with targets.
   */
  async firstDrift(batch: DriftBatch, options: FirstDriftOptions = {}): Promise<Drift | null> {
    await this.ready();
    const recording = this.recording();
    const replay = {
      model: this.#model,
      states: this.#states(),
      eventAt: (index: number) => recording.events[index - recording.dropped]!,
      assign: (states: readonly HostStatistics[]) => this.#assign(states),
    };
    return findFirstDrift(replay, batch, options);
  }

  /** Where the recording breaks the law of running statistics; see `checkLaw`. */
  checkLaw(): readonly LawBreak[] {
    return checkLaw(this.recording());
  }

  /** What the recording shows that should not be in one of a training; see `recordingFindings`. */
  findings(): RecordingFindings {
    return recordingFindings(this.recording());
  }

  /** The recording as a picture; see `timelineSvg`. */
  timeline(options: TimelineOptions = {}): string {
    return timelineSvg(this.recording(), options);
  }

  /** The picture and the table as a page of its own. */
  html(options: TimelineOptions = {}): string {
    return timelineHtml(this.recording(), options);
  }

  /** What `JSON.stringify` writes: the recording. Numbers that JSON has not are texts: `"NaN"`, `"Infinity"`. */
  toJSON(): StatisticsRecording {
    return JSON.parse(JSON.stringify(this.recording(), jsonValue)) as StatisticsRecording;
  }

  /** A table of the calls, alike ones together, and what is striking below. */
  toString(): string {
    return recordingTable(this.recording());
  }

  /** Ends the recording; what was recorded stays. */
  stop(): void {
    if (!this.#watch.stopped) this.#watch.stop();
  }

  /** `using recorder = …` stops at the end of the block. */
  [Symbol.dispose](): void {
    this.stop();
  }

  #settle(caller: string): void {
    this.#watch.lookForChanges();
    this.#watch.settle();
    this.#watch.reader.settle(`recorder.${caller}`);
  }

  #statesAt(caller: string, moment: At): readonly HostStatistics[] {
    this.#settle(caller);
    const { log, steps } = this.#watch;
    const place = `recorder.${caller}`;
    const isPast =
      typeof moment === "number"
        ? ({ step }: { readonly step: number }) => step < moment
        : ({ index }: { readonly index: number }) => index <= moment.event;
    if (typeof moment === "number") {
      checkInteger(place, "step", moment, 0);
      if (moment > steps) throw new ValueError(`${place}: there were ${steps} steps so far, got step ${moment}`);
      if (moment <= log.lastDroppedStep)
        throw new ValueError(
          `${place}: step ${moment} is no longer recorded; the first one that is whole is ${log.lastDroppedStep + 1}. recordStatistics takes more bytes`,
        );
    } else {
      checkInteger(place, "event", moment?.event, 0);
      const end = log.dropped + log.count;
      if (moment.event >= end)
        throw new ValueError(`${place}: there were ${end} events so far, got event ${moment.event}`);
      if (moment.event < log.dropped - 1)
        throw new ValueError(
          `${place}: event ${moment.event} is no longer recorded; the first one that is is ${log.dropped}. recordStatistics takes more bytes`,
        );
    }
    const states = log.bases();
    for (const event of log.events()) {
      if (!isPast(event)) break;
      if (event.after !== null) states[event.layer] = event.after;
    }
    return states;
  }

  /** The statistics before the oldest event, and after each that changed some. */
  #states(): readonly StateAfter[] {
    const { log } = this.#watch;
    let now = log.bases();
    const states: StateAfter[] = [{ index: log.dropped - 1, states: now }];
    for (const { index, layer, after } of log.events()) {
      if (after === null) continue;
      now = now.with(layer, { ...after, mean: after.mean.slice(), variance: after.variance.slice() });
      states.push({ index, states: now });
    }
    return states;
  }

  #assign(states: readonly HostStatistics[]): void {
    noGrad(() => {
      for (const [i, { mean, variance, batches }] of states.entries()) {
        const { buffers } = this.#watch.layers[i]!;
        if (buffers === null) continue;
        withDevice(buffers.mean.device, () => {
          buffers.mean.assign(fromHost(Float32Array.from(mean), buffers.mean.shape));
          buffers.variance.assign(fromHost(Float32Array.from(variance), buffers.variance.shape));
          if (batches >= 0) buffers.batches?.assign(fromHost(Int32Array.of(batches), buffers.batches.shape));
        });
      }
    });
  }
}

function jsonValue(_key: string, value: unknown): unknown {
  return typeof value === "number" && !Number.isFinite(value) ? String(value) : value;
}
