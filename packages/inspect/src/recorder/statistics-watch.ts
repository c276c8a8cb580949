import { type HookHandle, type Module, registerForwardHook, registerForwardPreHook } from "@tapegrad/nn";
import { isGuardSilent, scopedModeOf } from "@tapegrad/nn/internal";
import { observeSteps, type SteppingOptimizer } from "@tapegrad/optim/internal";
import { isRecording, Tensor } from "@tapegrad/tensor";
import {
  type BatchNormWatcher,
  explainChange,
  isHidden,
  observeChanges,
  tellOnce,
  watchBatchNorm,
} from "@tapegrad/tensor/internal";
import { judge } from "./activity.ts";
import { flagsOf, flagsOfEnd } from "./call-flags.ts";
import { EventLog, flag, type HostStatistics, type LoggedEvent, statisticsOf, type StoredEvent } from "./event-log.ts";
import { LayerTrack, namedNorms, valuesPerStatistic } from "./layer-track.ts";
import { measureBatch } from "./measure-batch.ts";
import { type Call, type Pass, Passes } from "./passes.ts";
import { Places } from "./places.ts";
import { type Noted, StatisticsReader } from "./statistics-reader.ts";
import { StepCount } from "./step-count.ts";
import { Tallies } from "./tallies.ts";

/** What is said of changes that an optimizer made. */
const optimizerHolds = "a step of an optimizer that holds them";

/** A call that is running. */
interface RunningCall {
  readonly track: LayerTrack;
  readonly pass: Pass;
  readonly flags: number;
  readonly momentum: number;
  readonly verdict: number;
  readonly unwatch: () => void;
  batch: readonly [mean: Noted, variance: Noted] | null;
  /** Whether the layer called itself, as instance norms do for an input without a batch: then that call is the one. */
  delegated: boolean;
}

/** Watches the layers of a model, and logs what happens to their statistics. */
export class StatisticsWatch {
  readonly layers: LayerTrack[] = [];
  readonly log: EventLog;
  readonly places: Places = new Places();
  readonly reader: StatisticsReader = new StatisticsReader();
  /** The momenta that layers had, by number. */
  readonly momenta: (number | null | undefined)[] = [];
  readonly tallies: Tallies = new Tallies(this.momenta);
  /** What changed statistics outside of calls, by number; the first is of what nobody explained. */
  readonly causes: string[] = [""];
  readonly #model: Module;
  readonly #keptSteps: number;
  /** Modules of the model that were looked at. */
  readonly #known = new WeakSet<Module>();
  readonly #handles = new Map<Module, readonly HookHandle[]>();
  /** Modules that are running, the outermost first. */
  readonly #inside: Module[] = [];
  readonly #running: RunningCall[] = [];
  readonly #passes: Passes;
  #pass: Pass | null = null;
  #events = 0;
  readonly #stepCount: StepCount;
  #stopObserving: readonly (() => void)[] | null;

  constructor(model: Module, bytes: number, keptSteps: number) {
    this.#model = model;
    this.#keptSteps = keptSteps;
    const found = namedNorms(model);
    const channels = found.reduce((sum, [, , { mean }]) => sum + mean.size, 0);
    this.log = new EventLog(Math.max(0, bytes - 8 * channels), this.layers);
    for (const [, , { mean }] of found) this.log.checkRoom(mean.size);
    this.#passes = new Passes(this.log, this.tallies);
    this.#stepCount = new StepCount(model);
    this.#findLayers();
    const looks = {
      before: () => this.lookForChanges(),
      after: (how: string | null) => {
        if (how === null) this.#forget();
        else this.lookForChanges(how);
      },
    };
    this.#stopObserving = [observeSteps((optimizer) => this.#step(optimizer)), observeChanges(looks)];
  }

  /** Steps of the optimizer so far. */
  get steps(): number {
    return this.#stepCount.steps;
  }

  get stopped(): boolean {
    return this.#stopObserving === null;
  }

  stop(): void {
    this.lookForChanges();
    for (const stop of this.#stopObserving ?? []) stop();
    this.#stopObserving = null;
    for (const handles of this.#handles.values()) for (const handle of handles) handle.remove();
    this.#handles.clear();
    this.settle();
  }

  /** Judges the passes whose gradients nothing has used, but for the last one: it may be too early for that. */
  settle(): void {
    this.#passes.settle({ early: !this.stopped });
  }

  /** Logs statistics that have changed since they were last looked at. */
  lookForChanges(how = ""): void {
    if (this.stopped || isHidden()) return;
    for (const track of this.layers) this.#lookAt(track, how);
  }

  /** Takes statistics as they are: they are what they were. */
  #forget(): void {
    for (const track of this.layers) track.note();
  }

  /** Finds layers that the model has now, and hooks them and what they lie in. */
  #findLayers(): void {
    const modules = this.#model.modules();
    if (modules.every((module) => this.#known.has(module))) return;
    for (const module of modules) this.#known.add(module);
    for (const [name, module, buffers] of namedNorms(this.#model)) {
      if (this.layers.some((track) => track.module === module)) continue;
      if (!this.log.hasRoom(buffers.mean.size)) {
        tellOnce(
          `recordStatistics: ${name}, which was put into the model later, is too large for the ring, and is not recorded; say more bytes`,
        );
        continue;
      }
      const track = new LayerTrack(this.layers.length, name, module, buffers);
      this.layers.push(track);
      track.note();
      this.reader.use(this.#noteOf(track), (values) => this.log.begin(statisticsOf(values)));
      this.#hook(module, track);
    }
    for (const module of modules)
      if (!this.#handles.has(module) && module.modules().some((inside) => this.#handles.has(inside)))
        this.#hook(module, null);
  }

  #hook(module: Module, track: LayerTrack | null): void {
    const before = registerForwardPreHook(module, () => {
      if (isHidden()) return;
      this.#enter(module);
      if (track !== null) this.#beginCall(track);
    });
    const after = registerForwardHook(
      module,
      (_module, inputs, output) => {
        if (isHidden()) return;
        if (track !== null) this.#endCall(track, inputs, output);
        const depth = this.#inside.lastIndexOf(module);
        if (depth >= 0) this.#inside.length = depth;
      },
      { alwaysCall: true },
    );
    this.#handles.set(module, [before, after]);
  }

  #enter(module: Module): void {
    if (this.#inside.length === 0) {
      this.#findLayers();
      const place = this.places.take(module.forward);
      this.#pass = this.#passes.begin(place, !this.#model.training);
      this.#stepCount.modelCalled();
    }
    this.#inside.push(module);
    const { counts } = this.#pass!;
    counts.set(module, (counts.get(module) ?? 0) + 1);
  }

  #beginCall(track: LayerTrack): void {
    const { module } = track;
    this.#lookAt(track, "");
    const pass = this.#pass!;
    const call: RunningCall = {
      track,
      pass,
      flags: flagsOf(module, this.#inside.at(-2) ?? null, pass.counts),
      momentum: numberIn(this.momenta, track.momentum),
      verdict: judge({
        training: module.training,
        gradients: isRecording(),
        scopedMode: scopedModeOf(module),
        silentGuard: isGuardSilent(),
      }),
      unwatch: watchBatchNorm(this.#watcher(track, pass, () => call)),
      batch: null,
      delegated: false,
    };
    this.#running.push(call);
  }

  #watcher(track: LayerTrack, pass: Pass, callOf: () => RunningCall): BatchNormWatcher {
    return {
      measured: (mean, variance) => {
        const { reader } = this;
        if (mean.size === track.channels) callOf().batch = [reader.note(mean), reader.note(variance)];
      },
      differentiated: () => this.#passes.use(pass),
    };
  }

  #endCall(track: LayerTrack, inputs: readonly unknown[], output: unknown): void {
    const call = this.#running.at(-1);
    if (call?.track !== track) return;
    this.#running.pop();
    call.unwatch();
    const outer = this.#running.at(-1);
    if (outer?.track === track) outer.delegated = true;
    const moved = track.changed;
    if (call.delegated || (output === undefined && !moved)) return;
    const { pass } = call;
    if (output instanceof Tensor && output.record !== null) pass.tracked = true;
    const input = inputs[0] instanceof Tensor ? inputs[0] : null;
    const count = input === null ? -1 : valuesPerStatistic(track, input);
    const measured = (): RunningCall["batch"] =>
      input !== null && count > 0 ? measureBatch(track, input, (each) => this.reader.note(each)) : null;
    const batch = call.batch ?? measured();
    track.note();
    const batchSize = input?.shape[0] ?? -1;
    const entry: Call = {
      index: this.#events++,
      layer: track.number,
      flags: call.flags | flagsOfEnd(moved, batchSize, count),
      step: this.steps,
      pass: pass.number,
      place: pass.place,
      batchSize,
      count,
      momentum: call.momentum,
      batches: -1,
      verdict: call.verdict,
      offset: -1,
    };
    this.#passes.add(pass, entry);
    const notes = [...(batch ?? []), ...(moved ? this.#noteOf(track) : [])];
    this.reader.use(notes, (values) => {
      this.#add(
        entry,
        batch === null ? null : statisticsOf(values),
        moved ? statisticsOf(values.slice(batch === null ? 0 : 2)) : null,
      );
    });
  }

  #step(optimizer: SteppingOptimizer): void {
    if (isHidden() || !this.#stepCount.concerns(optimizer)) return;
    for (const track of this.layers) {
      if (!track.changed) continue;
      const { mean, variance } = track.buffers!;
      const holds = ({ params }: { readonly params: readonly unknown[] }): boolean =>
        params.includes(mean) || params.includes(variance);
      this.#lookAt(track, optimizer.paramGroups.some(holds) ? optimizerHolds : "");
    }
    if (!this.#stepCount.add(optimizer)) return;
    if (this.#keptSteps !== Infinity) this.log.dropBefore(this.steps - this.#keptSteps);
    this.#passes.step();
  }

  #lookAt(track: LayerTrack, how: string): void {
    if (!track.changed) return;
    track.note();
    const event = {
      index: this.#events++,
      layer: track.number,
      flags: flag.change,
      step: this.steps,
      pass: -1,
      place: how === "" || how === optimizerHolds ? -1 : this.places.take(explainChange),
      batchSize: -1,
      count: -1,
      momentum: numberIn(this.causes, how),
      batches: -1,
      verdict: 0,
      offset: -1,
    };
    this.reader.use(this.#noteOf(track), (values) => this.#add(event, null, statisticsOf(values)));
  }

  #add(event: StoredEvent & { offset: number }, batch: LoggedEvent["batch"], after: HostStatistics | null): void {
    event.offset = this.log.add(event, batch, after);
  }

  #noteOf({ buffers }: LayerTrack): readonly Noted[] {
    const { mean, variance, batches } = buffers!;
    return (batches === null ? [mean, variance] : [mean, variance, batches]).map((tensor) => this.reader.note(tensor));
  }
}

/** The number of a value in a list that holds each once. What came last is asked for most. */
function numberIn<V>(values: V[], value: V): number {
  const number = values.lastIndexOf(value);
  return number >= 0 ? number : values.push(value) - 1;
}
