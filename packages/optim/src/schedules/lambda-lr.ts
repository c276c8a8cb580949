import { checkFunction } from "@tapegrad/tensor/internal";
import { LRScheduler, perGroup, type Scheduled, type SchedulerStateDict } from "./lr-scheduler.ts";

/** A factor for each epoch; one function for all groups, or one for each. */
export type LrLambda = ((epoch: number) => number) | readonly ((epoch: number) => number)[];

/** The memory of a schedule that is made of functions; plain JSON. */
export type LambdaStateDict = SchedulerStateDict & { readonly lrLambdas: readonly null[] };

/** What schedules that are made of functions share. */
export abstract class LambdaSchedule extends LRScheduler {
  readonly #lambdas: readonly ((epoch: number) => number)[];

  /** @throws ValueError if there is not one function for each group. */
  constructor(optimizer: Scheduled, lrLambda: LrLambda) {
    super(optimizer);
    this.#lambdas = perGroup(this.constructor.name, "lrLambda", lrLambda, optimizer, checkFunction);
    this.begin();
  }

  /** As in torch, functions are not saved, and say so by their place. */
  override stateDict(): LambdaStateDict {
    return { ...super.stateDict(), lrLambdas: this.#lambdas.map(() => null) };
  }

  /** Rates times what the functions of their groups give for the epoch. */
  protected scaled(lrs: readonly number[]): readonly number[] {
    return lrs.map((lr, i) => lr * this.#lambdas[i]!(this.lastEpoch));
  }
}

/** Sets the learning rate to its first value times a function of the epoch. Functions are not part of the state dict. */
export class LambdaLR extends LambdaSchedule {
  protected override nextLrs(): readonly number[] {
    return this.scaled(this.baseLrs);
  }
}
