import { registerHook } from "@tapegrad/autograd";
import { type Module, registerForwardHook, registerForwardPreHook, ReLU, ReLU6 } from "@tapegrad/nn";
import { checkModule } from "@tapegrad/nn/internal";
import { observeSteps } from "@tapegrad/optim/internal";
import { isRecording, noGrad, Tensor } from "@tapegrad/tensor";
import { integerFrom, orNull, readOptions } from "@tapegrad/tensor/internal";
import { amax } from "@tapegrad/tensor/ops/amax";
import { reshape } from "@tapegrad/tensor/ops/reshape";
import { slice } from "@tapegrad/tensor/ops/slice";
import { StepCount } from "../recorder/step-count.ts";
import { type NormRow, NormWatch } from "./norm-watch.ts";
import { deadShare, type Spread, spreadOf, strideOf } from "./spread.ts";

/** Options of `watchLayers`. */
export interface WatchLayersOptions {
  /**
   * Measures at the first step, and then at one in so many, at first: later steps are measured less often. With null at steps 1, 20, 60 and
   * 140, then at one in 80, and from step 800 on whenever training has become longer by a tenth. @default null
   */
  readonly every?: number | null;
}

/** What a layer gave and got over the steps that were measured; null where it did not take part. */
export interface LayerCourse {
  /** Its name in the model; of its later calls in a forward pass with their number: `relu, call 2`. */
  readonly name: string;
  /** Its class. */
  readonly kind: string;
  /** Of its outputs. */
  readonly activations: readonly (Spread | null)[];
  /** Of the magnitudes of the gradients that came to its outputs. */
  readonly gradients: readonly (Spread | null)[];
  /** The share of units that were 0 for the whole batch; null but for rectifiers. */
  readonly dead: readonly (number | null)[];
}

/** How far steps moved a parameter, as a part of its size. */
export interface ParameterCourse {
  readonly name: string;
  /** The norm of the update by that of the values; null where there was no gradient, or no value. */
  readonly updates: readonly (number | null)[];
}

/** What layers and parameters did over the steps that were measured: plain data. */
export interface LayerHistory {
  /** The steps, from 1. */
  readonly steps: readonly number[];
  readonly layers: readonly LayerCourse[];
  readonly parameters: readonly ParameterCourse[];
}

interface Seen {
  readonly kind: string;
  activation: Spread | null;
  gradient: Spread | null;
  dead: number | null;
}

interface Measurement {
  readonly step: number;
  readonly layers: ReadonlyMap<string, Seen>;
  norms: NormRow | null;
}

/** So many measurements are kept: of more, each second one goes. */
const most = 128;

/**
 * Watches what layers give while a model learns, which gradients come to them, and how far each step moves the parameters, until `stop()`
 * is called. Steps are those of optimizers of tapegrad that hold parameters of the model. Layers without layers inside are watched, in the
 * first forward pass of a step. A step of LeNet that is measured takes two to three times as long.
 *
 * ```ts
 * using watch = watchLayers(model);
 * await train(model);
 * const { layers } = await watch.history();
 * ```
 */
export function watchLayers(model: Module, options: WatchLayersOptions = {}): LayerWatch {
  return new LayerWatch(model, options);
}

/** What `watchLayers` returns. */
export class LayerWatch {
  readonly #model: Module;
  readonly #count: StepCount;
  readonly #norms: NormWatch;
  readonly #ends: (() => void)[];
  /** Reads under way; none of them rejects. */
  readonly #pending = new Set<Promise<void>>();
  #failure: { readonly error: unknown } | null = null;
  #measurements: Measurement[] = [];
  /** What is seen of the step under way; null if it is not measured. */
  #now: Map<string, Seen> | null = new Map();
  /** Forward passes of the model in the step under way. */
  #passes = 0;

  constructor(model: Module, options: WatchLayersOptions = {}) {
    checkModule("watchLayers: model", model);
    const { every } = readOptions<WatchLayersOptions>("watchLayers", options, {
      every: [null, orNull(integerFrom(1))],
    });
    this.#model = model;
    this.#count = new StepCount(model);
    this.#norms = new NormWatch(model, every);
    const leaves = model.namedModules().filter(([, module]) => module.children().length === 0);
    const handles = leaves.map(([name, module]) =>
      registerForwardHook(module, (_module, _inputs, output) => this.#see(name, module, output)),
    );
    const unobserve = observeSteps((optimizer) => {
      if (this.#count.concerns(optimizer) && this.#count.add(optimizer)) this.#step();
    });
    const begins = registerForwardPreHook(model, () => {
      if (isRecording()) this.#passes++;
    });
    this.#ends = [unobserve, ...[begins, ...handles].map((handle) => () => handle.remove())];
  }

  /** What was measured so far. @throws what the first read that failed did, as of a device that was lost. */
  async history(): Promise<LayerHistory> {
    await Promise.all(this.#pending);
    if (this.#failure !== null) throw this.#failure.error;
    const rows = new Map((await this.#norms.take()).map((row) => [row.step, row]));
    for (const measurement of this.#measurements) measurement.norms ??= rows.get(measurement.step) ?? null;
    const all = this.#measurements;
    const layers = new Map(all.flatMap((each) => [...each.layers].map(([name, { kind }]) => [name, kind] as const)));
    const seen = <K extends keyof Seen>(name: string, what: K): Seen[K][] =>
      all.map((each) => each.layers.get(name)?.[what] ?? null) as Seen[K][];
    return {
      steps: all.map(({ step }) => step),
      layers: Array.from(layers, ([name, kind]) => ({
        name,
        kind,
        activations: seen(name, "activation"),
        gradients: seen(name, "gradient"),
        dead: seen(name, "dead"),
      })),
      parameters: this.#model
        .namedParameters()
        .map(([name]) => ({ name, updates: all.map((each) => updateOf(each, name)) })),
    };
  }

  /** Ends watching; what was measured stays. */
  stop(): void {
    for (const end of this.#ends.splice(0)) end();
    this.#now = null;
    this.#norms.end();
  }

  [Symbol.dispose](): void {
    this.stop();
  }

  #see(name: string, module: Module, output: unknown): void {
    this.#count.modelCalled();
    const now = this.#now;
    if (now === null || this.#passes > 1 || !isRecording()) return;
    if (!(output instanceof Tensor && output.dtype === "float32" && output.rank > 0 && output.size > 0)) return;
    const seen: Seen = { kind: module.constructor.name, activation: null, gradient: null, dead: null };
    let call = 1;
    const nameOf = (): string => (call === 1 ? name : `${name}, call ${call}`);
    while (now.has(nameOf())) call++;
    now.set(nameOf(), seen);
    const rectifies = module instanceof ReLU || module instanceof ReLU6;
    this.#read(sampled(output), (values) => void (seen.activation = spreadOf(values)));
    if (rectifies && output.rank > 1)
      this.#read(largestOfUnits(output), (values) => void (seen.dead = deadShare(values)));
    if (output.requiresGrad)
      registerHook(output, (gradient) =>
        this.#read(sampled(gradient), (values) => void (seen.gradient = spreadOf(values, true))),
      );
  }

  #read(tensor: Tensor, take: (values: ArrayLike<number>) => void): void {
    const reading = tensor
      .data()
      .then(take)
      // Training goes on; who asks for the history hears of it.
      .catch((error: unknown) => void (this.#failure ??= { error }))
      .finally(() => this.#pending.delete(reading));
    this.#pending.add(reading);
  }

  #step(): void {
    const { steps } = this.#count;
    this.#norms.step(steps);
    if (this.#now !== null) this.#measurements.push({ step: steps, layers: this.#now, norms: null });
    if (this.#measurements.length > most) this.#measurements = this.#measurements.filter((_, i) => i % 2 === 0);
    this.#now = this.#norms.due ? new Map() : null;
    this.#passes = 0;
  }
}

/** The values that `spreadOf` looks at, so that no others are read. */
function sampled(tensor: Tensor): Tensor {
  const stride = strideOf(tensor.size);
  return noGrad(() => (stride === 1 ? tensor.detach() : slice(reshape(tensor, [tensor.size]), 0, 0, Infinity, stride)));
}

/** The largest value of each unit, along the axis after the batch. */
function largestOfUnits(tensor: Tensor): Tensor {
  const others = tensor.shape.flatMap((_, axis) => (axis === 1 ? [] : [axis]));
  return noGrad(() => amax(tensor, others));
}

function updateOf({ norms }: Measurement, name: string): number | null {
  const row = norms?.parameters.find((each) => each.name === name);
  return row === undefined || row.gradient === null || row.weight === 0 ? null : row.update / row.weight;
}
