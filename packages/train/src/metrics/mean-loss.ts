import { ShapeError, type Tensor } from "@tapegrad/tensor";
import { showShape } from "@tapegrad/tensor/internal";
import { Totals } from "./totals.ts";

/** The memory of a `MeanLoss`; plain data. */
export interface MeanLossStateDict {
  readonly sum: number;
  readonly examples: number;
}

/** The mean loss of all examples: each batch's mean counts by the number of its examples. */
export class MeanLoss {
  readonly #sum = new Totals("MeanLoss");
  #examples = 0;

  get examples(): number {
    return this.#examples;
  }

  reset(): void {
    this.#sum.reset();
    this.#examples = 0;
  }

  /**
   * Takes a batch's mean loss in, which is read later: it must not be changed in place.
   *
   * @throws ShapeError unless it is a scalar.
   */
  update(loss: Tensor, examples: number): void {
    if (loss.size !== 1) throw new ShapeError(`MeanLoss: expected a loss of one element, got ${showShape(loss.shape)}`);
    this.#sum.take(loss.detach(), examples);
    this.#examples += examples;
  }

  /** The sum so far and the number of examples; reads what the device has. */
  async stateDict(): Promise<MeanLossStateDict> {
    const sum = this.#examples === 0 ? 0 : (await this.#sum.read())[0]!;
    return { sum, examples: this.#examples };
  }

  /** Goes on where `stateDict` was asked, to the bit. */
  loadStateDict({ sum, examples }: MeanLossStateDict): void {
    this.reset();
    if (examples > 0) this.#sum.restore([sum]);
    this.#examples = examples;
  }

  async compute(): Promise<number> {
    const [sum] = await this.#sum.read();
    return sum! / this.#examples;
  }
}
