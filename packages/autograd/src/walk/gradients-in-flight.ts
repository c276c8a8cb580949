import type { Storage, Tensor } from "@tapegrad/tensor";
import { adopt, collectInto, isKept, ownedByScope } from "@tapegrad/tensor/internal";
import { add, clone } from "@tapegrad/tensor/ops";

/**
 * The gradients of a backward pass that have been computed and not yet been used.
 *
 * Unless the gradients are themselves to be differentiated, each is freed as soon as the record that it was waiting for
 * has used it, and what a vjp made and did not return is freed at once: a training step leaves no garbage of the
 * backward pass. A storage may serve several gradients (the vjp of `add` hands the same one to both inputs, that of
 * `reshape` a view), so its uses are counted.
 */
export class GradientsInFlight {
  readonly #freeing: boolean;
  readonly #gradients = new Map<Tensor, Tensor>();
  /** How many gradients each storage serves. */
  readonly #uses = new Map<Storage, number>();
  /** Storages that this pass made and that are in use: only they may be freed. */
  readonly #own = new Set<Storage>();
  /** Storages made since the last sweep. */
  readonly #made: Storage[] = [];
  /** Storages that outlive the pass. */
  readonly #claimed = new Set<Storage>();
  readonly #outerScope: Storage[] | null = null;

  /** @param freeing whether gradients are freed after use. If so, new storages are collected until `end` is called. */
  constructor(freeing: boolean) {
    this.#freeing = freeing;
    if (freeing) this.#outerScope = collectInto(this.#made);
  }

  /** Adds to the gradient of `tensor`. */
  accumulate(tensor: Tensor, gradient: Tensor): void {
    const before = this.#gradients.get(tensor);
    const sum = before === undefined ? gradient : add(before, gradient);
    this.#gradients.set(tensor, sum);
    this.#uses.set(sum.storage, (this.#uses.get(sum.storage) ?? 0) + 1);
    if (before !== undefined) this.release(before);
  }

  /** The gradient that has flowed to `tensor`, if any. It counts as used until it is released or claimed. */
  take(tensor: Tensor): Tensor | null {
    const gradient = this.#gradients.get(tensor) ?? null;
    this.#gradients.delete(tensor);
    return gradient;
  }

  /** Gradients that nobody took. */
  rest(): Iterable<readonly [Tensor, Tensor]> {
    return this.#gradients;
  }

  /**
   * Shows a gradient to `fn`, which may keep it and what it makes: neither is freed by this pass. What it returns is in
   * flight like `gradient`.
   */
  lend(gradient: Tensor, fn: (gradient: Tensor) => Tensor): Tensor {
    const { storage } = gradient;
    const answer = ownedByScope(() => {
      if (this.#own.delete(storage)) adopt(storage);
      return fn(gradient);
    });
    if (answer !== gradient) this.#uses.set(answer.storage, (this.#uses.get(answer.storage) ?? 0) + 1);
    return answer;
  }

  /** Frees a gradient if nothing else uses its storage. */
  release({ storage }: Tensor): void {
    const uses = this.#uses.get(storage)! - 1;
    if (uses > 0) {
      this.#uses.set(storage, uses);
    } else {
      this.#uses.delete(storage);
      if (this.#own.delete(storage)) this.#free(storage);
    }
  }

  /** Frees what was made since the last sweep and serves no gradient. */
  sweep(): void {
    for (const storage of this.#made) {
      if (this.#uses.has(storage)) this.#own.add(storage);
      else this.#free(storage);
    }
    this.#made.length = 0;
  }

  /**
   * Turns a gradient into a tensor that outlives the pass. While gradients are freed, it shares its storage with no
   * other tensor, so that it can be accumulated in place.
   */
  claim(gradient: Tensor): Tensor {
    if (!this.#freeing) return gradient;
    const { storage } = gradient;
    const alone = this.#own.has(storage) && this.#uses.get(storage) === 1;
    const claimed = alone ? gradient : clone(gradient);
    this.#claimed.add(claimed.storage);
    this.release(gradient);
    return claimed;
  }

  /** Frees whatever was not claimed; the rest belongs to the scope around the pass. */
  end(): void {
    if (!this.#freeing) return;
    collectInto(this.#outerScope);
    this.#uses.clear();
    this.sweep();
    for (const storage of this.#own) this.#free(storage);
    for (const storage of this.#claimed) adopt(storage);
  }

  #free(storage: Storage): void {
    if (!this.#claimed.has(storage) && !isKept(storage)) storage.dispose();
  }
}
