import { BatchNorm } from "@tapegrad/nn/batch-norm";
import { verdicts } from "./activity.ts";
import { flag, type HostStatistics, type LoggedEvent } from "./event-log.ts";
import type { RecordedChange, RecordedEvent, RunningStatistics, StatisticsRecording } from "./recording.ts";
import type { StatisticsWatch } from "./statistics-watch.ts";
import { modeOf } from "./tallies.ts";

/** All that a watch holds, as plain data. */
export function recordingOf(watch: StatisticsWatch): StatisticsRecording {
  const { log, layers, tallies, steps } = watch;
  const states = log.bases().map(shown);
  /** Of each layer, all states with the event that they came with. */
  const history = states.map((state) => [[-1, state] as readonly [index: number, state: RunningStatistics]]);
  const latest: (number | null)[] = layers.map(() => null);
  const events: RecordedEvent[] = [];
  /** By layer, the change whose next event is not known yet. */
  const open = new Map<number, number>();
  for (const event of log.events()) {
    const { layer, index } = event;
    const before = states[layer]!;
    const after = event.after === null ? before : shown(event.after);
    const at = open.get(layer);
    if (at !== undefined) {
      const change = events[at] as RecordedChange;
      events[at] = { ...change, between: [change.between[0], index] };
    }
    open.delete(layer);
    if ((event.flags & flag.change) === 0) events.push(callOf(watch, event, before, after));
    else {
      open.set(layer, events.length);
      events.push(changeOf(watch, event, before, after, latest[layer]!, history[layer]!));
    }
    states[layer] = after;
    latest[layer] = index;
    if (after !== before) history[layer]!.push([index, after]);
  }
  return {
    layers: layers.map(({ name, module, channels }) => ({
      name,
      kind: module.constructor.name,
      channels,
      counts: module instanceof BatchNorm,
    })),
    events,
    tallies: tallies.list(watch),
    dropped: log.dropped,
    steps,
  };
}

function callOf(
  { layers, places, momenta }: StatisticsWatch,
  event: LoggedEvent,
  before: RunningStatistics,
  after: RunningStatistics,
): RecordedEvent {
  const { index, layer, flags, step, pass, place, batchSize, count, momentum, verdict, batch } = event;
  const [activity, because] = verdicts[verdict]!;
  return {
    event: "call",
    index,
    step,
    pass,
    layer: layers[layer]!.name,
    mode: modeOf(flags),
    moved: (flags & flag.moved) !== 0,
    gradients: (flags & flag.gradients) !== 0,
    activity,
    because,
    batchSize: batchSize < 0 ? null : batchSize,
    count: count < 0 ? null : count,
    momentum: momenta[momentum],
    place: places.text(place),
    batch: batch && { mean: [...batch.mean], variance: [...batch.variance] },
    before,
    after,
  };
}

function changeOf(
  { layers, places, causes }: StatisticsWatch,
  { index, layer, step, place, momentum }: LoggedEvent,
  before: RunningStatistics,
  after: RunningStatistics,
  latest: number | null,
  history: readonly (readonly [index: number, state: RunningStatistics])[],
): RecordedChange {
  const same = history.findLast(([, state]) => isSame(state, after))?.[0] ?? null;
  const kind = same !== null ? "put back" : isNew(after) ? "reset" : "assigned";
  const by = causes[momentum]! || null;
  return {
    event: "change",
    index,
    step,
    layer: layers[layer]!.name,
    kind,
    same,
    by,
    place: place < 0 ? null : places.text(place),
    between: [latest, null],
    before,
    after,
  };
}

function shown({ mean, variance, batches }: HostStatistics): RunningStatistics {
  return { mean: [...mean], variance: [...variance], batches: batches < 0 ? null : batches };
}

function isSame(a: RunningStatistics, b: RunningStatistics): boolean {
  const same = (x: readonly number[], y: readonly number[]): boolean => x.every((value, i) => Object.is(value, y[i]));
  return a.batches === b.batches && same(a.mean, b.mean) && same(a.variance, b.variance);
}

function isNew({ mean, variance, batches }: RunningStatistics): boolean {
  return !batches && mean.every((value) => value === 0) && variance.every((value) => value === 1);
}
