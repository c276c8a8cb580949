import type { HookHandle, Module } from "@tapegrad/nn";
import { InstanceNorm } from "@tapegrad/nn/instance-norm";
import { isGuardSilent, scopedModeOf } from "@tapegrad/nn/internal";
import { observeSteps, type SteppingOptimizer } from "@tapegrad/optim/internal";
import { isRecording, noGrad, scope, Tensor } from "@tapegrad/tensor";
import { type BatchNormWatcher, watchBatchNorm } from "@tapegrad/tensor/internal";
import { mean } from "@tapegrad/tensor/ops/mean";
import { varMean } from "@tapegrad/tensor/ops/var-mean";
import { judge, judgeLater, undecided } from "./activity.ts";
import { EventLog, flag, type HostStatistics, type LoggedEvent, statisticsOf, type StoredEvent } from "./event-log.ts";
import { LayerTrack, namedNorms, valuesPerStatistic } from "./layer-track.ts";
import { Places } from "./places.ts";
import { type Noted, StatisticsReader } from "./statistics-reader.ts";
import { Tallies } from "./tallies.ts";

/** Why statistics changed outside a call, as far as the recorder knows. */
export const cause = { unknown: 0, optimizer: 1, restored: 2 } as const;

/** An outermost call of the model, or of a part of it, and the calls of layers in it. */
interface Pass {
  readonly number: number;
  readonly place: number;
  readonly modelInEval: boolean;
  readonly calls: Call[];
  used: boolean;
  tracked: boolean;
  settled: boolean;
}

/** A call of a layer, from its begin on. */
interface Call extends StoredEvent {
  readonly pass: number;
  flags: number;
  /** Where it lies in the ring, once it does. */
  offset: number;
}

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

/** As many passes are undecided at once, at most. */
const mostUndecided = 64;

/** Watches the layers of a model, and logs what happens to their statistics. */
export class StatisticsWatch {
  readonly layers: LayerTrack[] = [];
  readonly log: EventLog;
  readonly places: Places = new Places();
  readonly tallies: Tallies = new Tallies();
  readonly reader: StatisticsReader = new StatisticsReader();
  /** The momenta that layers had, by number. */
  readonly momenta: (number | null | undefined)[] = [];
  readonly #model: Module;
  readonly #keptSteps: number;
  /** Modules of the model that were looked at. */
  readonly #known = new WeakSet<Module>();
  readonly #handles = new Map<Module, readonly HookHandle[]>();
  /** Modules that are running, the outermost first. */
  readonly #inside: Module[] = [];
  readonly #running: RunningCall[] = [];
  #undecided: Pass[] = [];
  #pass: Pass | null = null;
  #passes = 0;
  #events = 0;
  #steps = 0;
  /** Optimizers that took a step since the model was last called. */
  readonly #stepped = new Set<SteppingOptimizer>();
  #paused = false;
  #stopObserving: (() => void) | null;

  constructor(model: Module, bytes: number, keptSteps: number) {
    this.#model = model;
    this.#keptSteps = keptSteps;
    const found = namedNorms(model);
    const channels = found.reduce((sum, [, , { mean }]) => sum + mean.size, 0);
    this.log = new EventLog(Math.max(0, bytes - 8 * channels), this.layers);
    for (const [, , { mean }] of found) this.log.checkRoom(mean.size);
    this.#findLayers();
    this.#stopObserving = observeSteps((optimizer) => this.#step(optimizer));
  }

  /** Steps of the optimizer so far. */
  get steps(): number {
    return this.#steps;
  }

  get stopped(): boolean {
    return this.#stopObserving === null;
  }

  stop(): void {
    this.lookForChanges();
    this.#stopObserving?.();
    this.#stopObserving = null;
    for (const handles of this.#handles.values()) for (const handle of handles) handle.remove();
    this.#handles.clear();
    this.settle();
  }

  /** Runs `fn`, whose calls of the model are not recorded. */
  pause<R>(fn: () => R): R {
    const before = this.#paused;
    this.#paused = true;
    try {
      return fn();
    } finally {
      this.#paused = before;
    }
  }

  /** Judges the passes whose gradients nothing has used, but for the last one: it may be too early for that. */
  settle(): void {
    const open = this.#undecided;
    this.#undecided = [];
    for (const pass of open)
      if (pass === this.#pass && !pass.used && !this.stopped) this.#undecided.push(pass);
      else this.#decide(pass);
  }

  /** Logs statistics that have changed since they were last looked at. */
  lookForChanges(why: number = cause.unknown): void {
    if (this.stopped) return;
    for (const track of this.layers) this.#lookAt(track, why);
  }

  /** Takes statistics as they are, without a word of it. */
  forgive(): void {
    for (const track of this.layers) track.note();
  }

  /** Finds layers that the model has now, and hooks them and what they lie in. */
  #findLayers(): void {
    const modules = this.#model.modules();
    if (modules.every((module) => this.#known.has(module))) return;
    for (const module of modules) this.#known.add(module);
    for (const [name, module, buffers] of namedNorms(this.#model)) {
      if (this.layers.some((track) => track.module === module)) continue;
      const track = new LayerTrack(this.layers.length, name, module, buffers);
      this.log.checkRoom(track.channels);
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
    const before = module.registerForwardPreHook(() => {
      if (this.#paused) return;
      this.#enter(module);
      if (track !== null) this.#beginCall(track);
    });
    const after = module.registerForwardHook(
      (_module, inputs, output) => {
        if (this.#paused) return;
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
      const { training } = this.#model;
      this.#pass = {
        number: this.#passes++,
        place,
        modelInEval: !training,
        calls: [],
        used: false,
        tracked: false,
        settled: false,
      };
      this.#stepped.clear();
    }
    this.#inside.push(module);
  }

  #beginCall(track: LayerTrack): void {
    const { module } = track;
    this.#lookAt(track, cause.unknown);
    const pass = this.#pass!;
    const call: RunningCall = {
      track,
      pass,
      flags:
        (module.training ? flag.training : 0) |
        (module.frozen ? flag.frozen : 0) |
        (isRecording() ? flag.gradients : 0),
      momentum: this.#numberOf(track.momentum),
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
      differentiated: () => {
        pass.used = true;
        if (pass.settled) this.#decide(pass);
      },
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
    const [input] = inputs;
    const shape = input instanceof Tensor ? input.shape : null;
    const count = shape === null ? -1 : valuesPerStatistic(track, shape);
    const batch = call.batch ?? (input instanceof Tensor && count > 0 ? this.#measure(track, input) : null);
    track.note();
    const entry: Call = {
      index: this.#events++,
      layer: track.number,
      flags: call.flags | (moved ? flag.moved : 0),
      step: this.#steps,
      pass: pass.number,
      place: pass.place,
      batchSize: shape?.[0] ?? -1,
      count,
      momentum: call.momentum,
      batches: -1,
      verdict: call.verdict,
      offset: -1,
    };
    if (entry.verdict === undecided) {
      if (pass.calls.push(entry) === 1) this.#awaitVerdict(pass);
    } else this.tallies.add(entry, entry.verdict);
    const notes = [...(batch ?? []), ...(moved ? this.#noteOf(track) : [])];
    this.reader.use(notes, (values) => {
      const measured = batch === null ? null : statisticsOf(values);
      this.#add(entry, measured, moved ? statisticsOf(values.slice(batch === null ? 0 : 2)) : null);
    });
  }

  #awaitVerdict(pass: Pass): void {
    if (this.#undecided.push(pass) > mostUndecided) this.#decide(this.#undecided.shift()!);
  }

  #decide(pass: Pass): void {
    const verdict = judgeLater(pass);
    for (const call of pass.calls) {
      if (pass.settled) this.tallies.remove(call, call.verdict);
      call.verdict = verdict;
      this.tallies.add(call, verdict);
      if (call.offset >= 0) this.log.setVerdict(call.offset, call.index, verdict);
    }
    pass.settled = true;
  }

  /** A step of an optimizer counts if it holds a parameter of the model. Those that step one after the other make one step. */
  #step(optimizer: SteppingOptimizer): void {
    const own = new Set<Tensor>(this.#model.parameters());
    if (!optimizer.paramGroups.some(({ params }) => params.some((parameter) => own.has(parameter)))) return;
    for (const track of this.layers) {
      const { mean, variance } = track.buffers ?? {};
      const holds = ({ params }: { readonly params: readonly unknown[] }): boolean =>
        params.includes(mean) || params.includes(variance);
      if (track.changed) this.#lookAt(track, optimizer.paramGroups.some(holds) ? cause.optimizer : cause.unknown);
    }
    const another = this.#stepped.size > 0 && !this.#stepped.has(optimizer);
    if (!another) this.#stepped.clear();
    this.#stepped.add(optimizer);
    if (another) return;
    this.#steps++;
    if (this.#keptSteps !== Infinity) this.log.dropBefore(this.#steps - this.#keptSteps);
    for (const pass of this.#undecided) this.#decide(pass);
    this.#undecided = [];
  }

  #lookAt(track: LayerTrack, why: number): void {
    if (!track.changed) return;
    track.note();
    const event = {
      index: this.#events++,
      layer: track.number,
      flags: flag.change,
      step: this.#steps,
      pass: -1,
      place: why,
      batchSize: -1,
      count: -1,
      momentum: -1,
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

  /** Mean and biased variance of an input that its layer did not measure. */
  #measure(track: LayerTrack, input: Tensor): RunningCall["batch"] {
    const axes = [...input.shape.keys()];
    return noGrad(() =>
      scope(() => {
        if (!(track.module instanceof InstanceNorm)) {
          const [variance, means] = varMean(
            input,
            axes.filter((axis) => axis !== 1),
            { correction: 0 },
          );
          return [this.reader.note(means), this.reader.note(variance)];
        }
        const [variance, means] = varMean(input, axes.slice(2), { correction: 0 });
        return [this.reader.note(mean(means, 0)), this.reader.note(mean(variance, 0))];
      }),
    );
  }

  #numberOf(momentum: number | null | undefined): number {
    const number = this.momenta.indexOf(momentum);
    return number >= 0 ? number : this.momenta.push(momentum) - 1;
  }
}
