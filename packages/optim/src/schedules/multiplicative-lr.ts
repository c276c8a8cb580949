import { type LambdaStateDict, lambdasPerGroup, type LrLambda } from "./lambda-lr.ts";
import { LRScheduler, type Scheduled } from "./lr-scheduler.ts";

/** Multiplies the learning rate by a function of the epoch, every epoch but the first. Functions are not part of the state dict. */
export class MultiplicativeLR extends LRScheduler {
  readonly #lambdas: readonly ((epoch: number) => number)[];

  /** @throws ValueError if there is not one function for each group. */
  constructor(optimizer: Scheduled, lrLambda: LrLambda) {
    super(optimizer);
    this.#lambdas = lambdasPerGroup("MultiplicativeLR", lrLambda, optimizer);
    this.begin();
  }

  /** As in torch, functions are not saved, and say so by their place. */
  override stateDict(): LambdaStateDict {
    return { ...super.stateDict(), lrLambdas: this.#lambdas.map(() => null) };
  }

  protected override nextLrs(): readonly number[] {
    return this.lastLrs.map((lr, i) => (this.lastEpoch === 0 ? lr : lr * this.#lambdas[i]!(this.lastEpoch)));
  }
}
