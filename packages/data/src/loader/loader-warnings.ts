/** What a loader says of its data, each thing once. */
export class LoaderWarnings {
  readonly #warn: (message: string) => void;
  readonly #told = new Set<string>();
  #targetDType: string | null = null;

  constructor(warn: (message: string) => void) {
    this.#warn = warn;
  }

  /** Of a last batch of one example, out of so many examples in so many batches. */
  ofSingle(examples: number, batchSize: number, batches: number): void {
    if (batchSize === 1 || examples % batchSize !== 1) return;
    this.#once(
      `DataLoader: the last of ${batches} batches holds one example (${examples} in batches of ${batchSize}); BatchNorm ` +
        "cannot train on a single value per channel. Use dropLast, or another batchSize.",
    );
  }

  /** Of targets whose dtype is not that of the batch before. */
  ofDType(dtype: string): void {
    const before = this.#targetDType;
    this.#targetDType = dtype;
    if (before === null || before === dtype) return;
    this.#once(
      "DataLoader: some batches have whole targets, which make int32, and others have fractions, which make float32. Let the " +
        "dataset give Float32Array.of(target), so that all are float32.",
    );
  }

  #once(message: string): void {
    if (this.#told.has(message)) return;
    this.#told.add(message);
    this.#warn(message);
  }
}
