import { tensorsOf } from "./check-parameters.ts";
import { ValueError, keep, noGrad, refuseUnknownOptions, sameShape, scope, showValue } from "@tapegrad/tensor";
import type { Tensor } from "@tapegrad/tensor";
import { add } from "@tapegrad/tensor/ops/add";
import { clone } from "@tapegrad/tensor/ops/clone";
import { mul } from "@tapegrad/tensor/ops/mul";
import { sub } from "@tapegrad/tensor/ops/sub";

/** The memory of a `WeightAverage`. */
export interface WeightAverageStateDict {
  /** How many times the weights were taken in. */
  readonly count: number;
  /** The live averages, in the order of the parameters. */
  readonly averages: readonly Tensor[];
}

/**
 * Averages the weights of a model over training: stochastic weight averaging, or an exponential moving average.
 *
 * Call `update()` after every epoch (or step) that shall count. `swap()` exchanges averages and weights: once to use the
 * averages, and once more to train on. The running statistics of batch norm do not fit averaged weights: recompute them with
 * `updateBatchNorm` from `@tapegrad/nn`.
 *
 * `average = average + (weight − average)/(count + 1)`, or with a `decay`, `average = decay·average + (1 − decay)·weight`; the first
 * weights are taken as they are.
 *
 * @see Izmailov et al. 2018, https://arxiv.org/abs/1803.05407
 */
export class WeightAverage {
  readonly #parameters: readonly Tensor[];
  readonly #averages: readonly Tensor[];
  readonly #decay: number | null;
  #count = 0;

  /**
   * @param decay of an exponential average; null for the mean of all weights.
   * @throws ValueError if `decay` is not in [0, 1), or there are no parameters.
   */
  constructor(parameters: Iterable<Tensor>, options: { readonly decay?: number | null } = {}) {
    refuseUnknownOptions("WeightAverage", options, ["decay"]);
    const { decay = null } = options;
    if (decay !== null && !(Number.isFinite(decay) && decay >= 0 && decay < 1))
      throw new ValueError(`WeightAverage: decay must lie in [0, 1), got ${showValue(decay)}`);
    this.#parameters = tensorsOf("WeightAverage", parameters);
    if (this.#parameters.length === 0) throw new ValueError("WeightAverage: got an empty parameter list");
    this.#averages = this.#parameters.map((parameter) => keep(noGrad(() => clone(parameter))));
    this.#decay = decay;
  }

  /** How many times the weights were taken in. */
  get count(): number {
    return this.#count;
  }

  /** Takes the weights as they are now into the average. */
  update(): void {
    const part = this.#count === 0 ? 1 : this.#decay === null ? 1 / (this.#count + 1) : 1 - this.#decay;
    this.#count++;
    noGrad(() =>
      scope(() => {
        this.#averages.forEach((average, i) => {
          const weight = this.#parameters[i]!;
          average.assign(part === 1 ? weight : add(average, mul(sub(weight, average), part)));
        });
      }),
    );
  }

  /** Exchanges averages and weights. */
  swap(): void {
    noGrad(() =>
      scope(() => {
        this.#parameters.forEach((parameter, i) => {
          const weight = clone(parameter);
          parameter.assign(this.#averages[i]!);
          this.#averages[i]!.assign(weight);
        });
      }),
    );
  }

  stateDict(): WeightAverageStateDict {
    return { count: this.#count, averages: this.#averages };
  }

  /** @throws ValueError if the saved averages are not shaped like the parameters. */
  loadStateDict({ count, averages }: WeightAverageStateDict): void {
    const fits =
      averages.length === this.#averages.length &&
      averages.every(({ shape }, i) => sameShape(shape, this.#averages[i]!.shape));
    if (!fits)
      throw new ValueError("WeightAverage.loadStateDict: the saved averages are not shaped like the parameters");
    this.#averages.forEach((average, i) => average.assign(averages[i]!));
    this.#count = count;
  }
}
