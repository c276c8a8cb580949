import { ValueError } from "@tapegrad/tensor";
import { showValue } from "@tapegrad/tensor/internal";
import { LRScheduler, type Scheduled, type SchedulerStateDict } from "./lr-scheduler.ts";

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
    this.#lambdas = lambdasPerGroup(this.constructor.name, lrLambda, optimizer);
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

/** One function for each group. @throws ValueError if there are more or fewer. */
function lambdasPerGroup(
  schedule: string,
  given: LrLambda,
  { paramGroups }: Scheduled,
): readonly ((epoch: number) => number)[] {
  const lambdas = typeof given === "function" ? paramGroups.map(() => given) : given;
  if (!Array.isArray(lambdas) || !lambdas.every((each) => typeof each === "function"))
    throw new ValueError(`${schedule}: lrLambda must be a function, or a list of them, got ${showValue(given)}`);
  if (lambdas.length !== paramGroups.length) {
    throw new ValueError(
      `${schedule}: expected ${paramGroups.length} functions, one for each group, got ${lambdas.length}`,
    );
  }
  return lambdas;
}
