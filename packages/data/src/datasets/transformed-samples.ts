import { Generator, ValueError } from "@tapegrad/tensor";
import { showValue } from "@tapegrad/tensor/internal";
import type { Values } from "../loader/values.ts";
import { isRandom } from "../transforms/compose.ts";
import type { Transform } from "../transforms/transform.ts";
import type { Dataset, Sample } from "./dataset.ts";

/** A dataset whose inputs go through a transform, for sources that have no `withTransform`. */
export class TransformedSamples implements Dataset<Sample> {
  readonly dataset: Dataset<Sample<never>>;
  readonly transform: Transform<never, Values>;
  readonly seed: number | string;
  readonly stateDict?: () => unknown;
  readonly loadStateDict?: (state: unknown) => void;

  constructor(dataset: Dataset<Sample<never>>, transform: Transform<never, Values>, seed: number | string) {
    this.dataset = dataset;
    this.transform = transform;
    this.seed = seed;
    if (dataset.stateDict !== undefined) this.stateDict = () => dataset.stateDict!();
    if (dataset.loadStateDict !== undefined) this.loadStateDict = (state) => dataset.loadStateDict!(state);
  }

  get length(): number {
    return this.dataset.length;
  }

  get labels(): ArrayLike<number | string> | undefined {
    return this.dataset.labels;
  }

  get classes(): readonly string[] | undefined {
    return this.dataset.classes;
  }

  get random(): boolean {
    return isRandom(this.transform);
  }

  async get(index: number, epoch = 0): Promise<Sample> {
    const sample: unknown = await this.dataset.get(index, epoch);
    const { input, target } = Object(sample) as Partial<Sample<never>>;
    if (input === undefined || target === undefined)
      throw new ValueError(`split: transforms need examples { input, target }, got ${showValue(sample)}`);
    const generator = new Generator(`${this.seed} epoch ${epoch} example ${index}`);
    return { input: this.transform.apply(input, generator), target };
  }
}
