import { keep, noGrad, sameShape, type SavedMap, scope, type Shape, type Tensor, ValueError } from "@tapegrad/tensor";
import { explainChange, Incomparable, orNull, readOptions, SavedFields, showShape } from "@tapegrad/tensor/internal";
import { add, clone, mul, sub } from "@tapegrad/tensor/ops";
import { type CheckedValue, checkParamState, copyValue, readValues } from "./checked-state.ts";
import { checkPart } from "./common-options.ts";
import { tensorsOf } from "./list-of-parameters.ts";

/** The memory of a `WeightAverage`. */
export type WeightAverageStateDict = {
  /** How many times the weights were taken in. */
  readonly count: number;
  /** The live averages, in the order of the parameters. */
  readonly averages: readonly Tensor[];
};

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
export class WeightAverage extends Incomparable {
  readonly #parameters: readonly Tensor[];
  readonly #averages: readonly Tensor[];
  readonly #decay: number | null;
  #count = 0;

  /**
   * @param options.decay of an exponential average; null, the default, for the mean of all weights.
   * @throws ValueError if `decay` is not in [0, 1), or there are no parameters.
   */
  constructor(parameters: Iterable<Tensor>, options: { readonly decay?: number | null } = {}) {
    super();
    const { decay } = readOptions("WeightAverage", options, { decay: [null, orNull(checkPart)] });
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
    const updateEach = (): void =>
      this.#averages.forEach((average, i) => {
        const weight = this.#parameters[i]!;
        average.assign(part === 1 ? weight : add(average, mul(sub(weight, average), part)));
      });
    noGrad(() => scope(updateEach));
  }

  /** Exchanges averages and weights. */
  swap(): void {
    const swapEach = (): void =>
      this.#parameters.forEach((parameter, i) => {
        const weight = clone(parameter);
        parameter.assign(this.#averages[i]!);
        this.#averages[i]!.assign(weight);
      });
    explainChange("WeightAverage.swap", () => noGrad(() => scope(swapEach)));
  }

  /** Count and averages, for `loadStateDict`. */
  stateDict(): WeightAverageStateDict {
    return { count: this.#count, averages: this.#averages };
  }

  /**
   * Goes on where the saved average was. Nothing changes if it does not fit.
   *
   * Tensors that are still in a file are read by `loadStoredStateDict`, or `loadInto` of `@tapegrad/formats`.
   *
   * @throws ValueError if something is missing or of another kind. @throws ShapeError if an average is not shaped like its parameter.
   */
  loadStateDict(state: WeightAverageStateDict | SavedMap): void {
    const { count, values } = this.#check(state);
    this.#takeOver(count, values.map(copyValue));
  }

  /** As `loadStateDict`, for a state whose tensors are still in a file. */
  async loadStoredStateDict(state: WeightAverageStateDict | SavedMap): Promise<void> {
    const { count, values } = this.#check(state);
    this.#takeOver(count, await readValues(values));
  }

  #check(state: WeightAverageStateDict | SavedMap): { count: number; values: readonly CheckedValue[] } {
    const saved = new SavedFields("WeightAverage.loadStateDict", state);
    const count = saved.integer("count", 0);
    const given = saved.list("averages");
    const wanted = this.#averages.length;
    if (given.length !== wanted) throw saved.error(`expected averages of ${wanted} parameters, got ${given.length}`);
    const averages = new SavedFields("WeightAverage.loadStateDict: averages", { ...given });
    const kinds = Object.fromEntries(given.map((_, i) => [i, "tensor" as const]));
    const fits = (_: string, shape: Shape, { shape: expected }: Tensor): string | null =>
      sameShape(shape, expected) ? null : `its parameter ${showShape(expected)}`;
    return { count, values: checkParamState(averages, kinds, (name) => this.#averages[Number(name)]!, fits) };
  }

  #takeOver(count: number, values: readonly (Tensor | number)[]): void {
    noGrad(() =>
      this.#averages.forEach((average, i) => {
        const value = values[i] as Tensor;
        average.assign(value);
        value.dispose();
      }),
    );
    this.#count = count;
  }
}
