import type { Layer } from "@tapegrad/nn";
import { copyOf, noteGenerators } from "@tapegrad/nn/internal";
import { updateBatchNorm } from "@tapegrad/nn/update-batch-norm";
import { WeightAverage, type WeightAverageStateDict } from "@tapegrad/optim/weight-average";
import { ValueError } from "@tapegrad/tensor";
import {
  checkBoolean,
  explainChange,
  integerFrom,
  isPlainObject,
  oneOf,
  readOptions,
  showValue,
} from "@tapegrad/tensor/internal";
import { isStateful, stateOf } from "./stateful.ts";

/** How weights are averaged over training. */
export interface AverageOptions {
  /** `"ema"`: an exponential average, taken after each step. `"swa"`: the mean of the weights after each epoch. */
  readonly kind: "ema" | "swa";
  /** Of `"ema"`: how much of the average stays in a step. @default 0.999 */
  readonly decay?: number;
  /**
   * What becomes of batch norms' running statistics: they are averaged as the weights are, or computed anew for the averaged weights,
   * in a pass over the loader each time. @default "average"
   */
  readonly buffers?: "average" | "recompute";
  /** The first epoch whose weights count. @default 1 */
  readonly fromEpoch?: number;
  /** Whether the averaged weights are what validation measures and `onEpoch` finds in the model. @default false */
  readonly validate?: boolean;
}

/** The options, complete and checked. @throws ValueError naming the caller. */
export function readAverageOptions(caller: string, average: AverageOptions): Required<AverageOptions> {
  if (!isPlainObject(average))
    throw new ValueError(`${caller}: average must be an object such as { kind: "ema" }, got ${showValue(average)}`);
  const read = readOptions<AverageOptions>(`${caller}: average`, average, {
    kind: ["" as never, oneOf("ema", "swa")],
    decay: [0.999, checkDecay],
    buffers: ["average", oneOf("average", "recompute")],
    fromEpoch: [1, integerFrom(1)],
    validate: [false, checkBoolean],
  });
  if (read.kind === "swa" && average.decay !== undefined)
    throw new ValueError(`${caller}: average.decay is of kind "ema"; "swa" takes the mean`);
  return read;
}

function checkDecay(caller: string, name: string, value: unknown): void {
  if (!(typeof value === "number" && value >= 0 && value < 1))
    throw new ValueError(`${caller}: ${name} must lie in [0, 1), got ${showValue(value)}`);
}

/** The averaged weights of a model in training. */
export class Averaging {
  readonly #model: Layer;
  readonly #loader: AsyncIterable<unknown>;
  readonly #options: Required<AverageOptions>;
  readonly #average: WeightAverage;

  constructor(model: Layer, loader: AsyncIterable<unknown>, options: Required<AverageOptions>) {
    this.#model = model;
    this.#loader = loader;
    this.#options = options;
    const { kind, decay, buffers } = options;
    const floats = buffers === "average" ? model.buffers().filter(({ dtype }) => dtype === "float32") : [];
    this.#average = new WeightAverage([...model.parameters(), ...floats], { decay: kind === "ema" ? decay : null });
  }

  afterStep(epoch: number): void {
    if (this.#options.kind === "ema" && epoch >= this.#options.fromEpoch) this.#average.update();
  }

  afterEpoch(epoch: number): void {
    if (this.#options.kind === "swa" && epoch >= this.#options.fromEpoch) this.#average.update();
  }

  /** Calls `fn` while the model has the averages, if validation is to see them; afterwards it has its own weights and statistics. */
  async during<R>(fn: () => Promise<R>): Promise<R> {
    if (!this.#options.validate || this.#average.count === 0) return fn();
    const recomputed = this.#options.buffers === "recompute" ? this.#model.buffers() : [];
    const before = recomputed.map(copyOf);
    this.#average.swap();
    try {
      await this.#recompute();
      return await fn();
    } finally {
      explainChange("validation with averages", () => recomputed.forEach((buffer, i) => buffer.assign(before[i]!)));
      this.#average.swap();
      for (const each of before) each.dispose();
    }
  }

  /** Gives the model the averages, at the end. */
  async finish(): Promise<void> {
    if (this.#average.count === 0) return;
    this.#average.swap();
    await this.#recompute();
  }

  stateDict(): WeightAverageStateDict {
    return this.#average.stateDict();
  }

  loadStateDict(state: WeightAverageStateDict): void {
    this.#average.loadStateDict(state);
  }

  async loadStoredStateDict(state: WeightAverageStateDict): Promise<void> {
    await this.#average.loadStoredStateDict(state);
  }

  /** Computes the statistics for the weights as they are. What training will draw, and from where the loader goes on, stay the same. */
  async #recompute(): Promise<void> {
    if (this.#options.buffers !== "recompute") return;
    const restoreGenerators = noteGenerators(this.#model);
    const place = isStateful(this.#loader) ? stateOf(this.#loader) : null;
    await updateBatchNorm(this.#model, this.#loader as never);
    if (isStateful(this.#loader)) (this.#loader as { loadStateDict(state: unknown): void }).loadStateDict(place);
    restoreGenerators();
  }
}
