import { DTypeError, scope, ShapeError, tensor, type Tensor, ValueError } from "@tapegrad/tensor";
import { showShape, showValue } from "@tapegrad/tensor/internal";
import { cat } from "@tapegrad/tensor/ops/cat";
import { indexSelect } from "@tapegrad/tensor/ops/index-select";
import { resolveIndex } from "../loader/check-index.ts";
import { collate } from "../loader/collate.ts";
import { type Batch, checkDataset, type Dataset, type Sample } from "./dataset.ts";

/**
 * Datasets one after another, as one.
 *
 * As in PyTorch, −1 is the last example, and empty datasets are passed over. If one of them makes batches itself, so does this,
 * each taking its part.
 */
export class ConcatDataset<T = Sample> implements Dataset<T> {
  readonly datasets: readonly Dataset<T>[];
  /** Where each dataset ends, in examples. */
  readonly cumulativeSizes: readonly number[];
  readonly getBatch?: (indices: readonly number[], epoch?: number) => Promise<Batch>;
  readonly stateDict?: () => unknown;
  readonly loadStateDict?: (state: unknown) => void;

  /** @throws ValueError if there are no datasets, or one is none. */
  constructor(datasets: readonly Dataset<T>[]) {
    if (!Array.isArray(datasets))
      throw new ValueError(`ConcatDataset: expected a list of datasets, got ${showValue(datasets)}`);
    if (datasets.length === 0) throw new ValueError("ConcatDataset: expected at least one dataset, got none");
    for (const dataset of datasets) checkDataset("ConcatDataset", dataset);
    this.datasets = datasets;
    let end = 0;
    this.cumulativeSizes = datasets.map(({ length }) => (end += length));
    if (datasets.some(({ getBatch }) => getBatch !== undefined))
      this.getBatch = (indices, epoch) => this.#batch(indices, epoch);
    if (datasets.some(({ stateDict }) => stateDict !== undefined)) {
      this.stateDict = () => this.datasets.map((dataset) => dataset.stateDict?.() ?? null);
      this.loadStateDict = (state) => this.#load(state);
    }
  }

  get length(): number {
    return this.cumulativeSizes.at(-1)!;
  }

  /** Those of all datasets, if all have some. */
  get labels(): readonly (number | string)[] | undefined {
    const all = this.datasets.map(({ labels }) => labels);
    return all.every((labels) => labels !== undefined) ? all.flatMap((labels) => Array.from(labels)) : undefined;
  }

  /** Those of the datasets, if they are the same. */
  get classes(): readonly string[] | undefined {
    const [first, ...others] = this.datasets.map(({ classes }) => classes);
    return others.every((classes) => classes?.join("\0") === first?.join("\0")) ? first : undefined;
  }

  get random(): boolean {
    return this.datasets.some(({ random }) => random === true);
  }

  /** @throws IndexError unless `index` is one of −`length` … `length` − 1. */
  get(index: number, epoch?: number): T | Promise<T> {
    const { part, at } = this.#place(index);
    return this.datasets[part]!.get(at, epoch);
  }

  #place(index: number): { readonly part: number; readonly at: number } {
    const position = resolveIndex("ConcatDataset", index, this.length);
    const part = this.cumulativeSizes.findIndex((end) => end > position);
    return { part, at: position - (this.cumulativeSizes[part - 1] ?? 0) };
  }

  /** Each dataset makes the rows that it has; then they are put into the order asked. */
  async #batch(indices: readonly number[], epoch?: number): Promise<Batch> {
    const shares = new Map<number, { readonly at: number[]; readonly rows: number[] }>();
    indices.forEach((index, row) => {
      const { part, at } = this.#place(index);
      const share = shares.get(part) ?? { at: [], rows: [] };
      share.at.push(at);
      share.rows.push(row);
      shares.set(part, share);
    });
    const batches = await Promise.all([...shares].map(([part, { at }]) => this.#rows(part, at, epoch)));
    if (batches.length === 1) return batches[0]!;
    const order = new Int32Array(indices.length);
    let from = 0;
    for (const { rows } of shares.values()) for (const row of rows) order[row] = from++;
    const parts = [...shares.keys()];
    const join = (name: keyof Batch): Tensor => {
      const all = batches.map((batch) => batch[name]);
      checkAlike(name, all, parts);
      return indexSelect(cat(all), 0, tensor(order, { device: all[0]!.device }));
    };
    return scope(() => ({ inputs: join("inputs"), targets: join("targets") }));
  }

  async #rows(part: number, at: readonly number[], epoch?: number): Promise<Batch> {
    const dataset = this.datasets[part]!;
    if (dataset.getBatch !== undefined) return dataset.getBatch(at, epoch);
    return collate((await Promise.all(at.map((index) => dataset.get(index, epoch)))) as readonly Sample[]);
  }

  #load(state: unknown): void {
    if (!Array.isArray(state) || state.length !== this.datasets.length)
      throw new ValueError(
        `ConcatDataset.loadStateDict: expected the states of ${this.datasets.length} datasets, got ${showValue(state)}`,
      );
    const states = state as readonly unknown[];
    const stateless = states.findIndex((each, i) => each !== null && this.datasets[i]!.loadStateDict === undefined);
    if (stateless >= 0)
      throw new ValueError(
        `ConcatDataset.loadStateDict: there is a state of dataset ${stateless}, which has no loadStateDict`,
      );
    states.forEach((each, i) => each !== null && this.datasets[i]!.loadStateDict!(each));
  }
}

/** @throws ShapeError or DTypeError, naming the datasets, unless rows of all have the same shape and dtype. */
function checkAlike(name: keyof Batch, tensors: readonly Tensor[], parts: readonly number[]): void {
  const [first] = tensors as [Tensor];
  const rowOf = (each: Tensor): string => showShape(each.shape.slice(1));
  tensors.forEach((each, i) => {
    const [one, other] = [parts[0], parts[i]];
    if (rowOf(each) !== rowOf(first))
      throw new ShapeError(
        `ConcatDataset: ${name} of dataset ${other} have shape ${rowOf(each)}, those of dataset ${one} ${rowOf(first)}`,
      );
    if (each.dtype !== first.dtype)
      throw new DTypeError(
        `ConcatDataset: ${name} of dataset ${other} are ${each.dtype}, those of dataset ${one} ${first.dtype}`,
      );
  });
}
