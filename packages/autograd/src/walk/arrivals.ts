import type { Tensor } from "@tapegrad/tensor";
import type { GradientsInFlight } from "./gradients-in-flight.ts";
import { isRetained } from "./retain-grad.ts";
import { hooksOf } from "./tensor-hooks.ts";

/** The whole gradient of a tensor. */
export interface Arrival {
  readonly tensor: Tensor;
  /** As it was computed. */
  readonly computed: Tensor;
  /** As the tensor's hooks left it: this one flows on. */
  readonly gradient: Tensor;
}

/** The gradients that a backward pass is asked for. */
export class Arrivals {
  readonly #caller: string;
  readonly #wanted: ReadonlySet<Tensor> | null;
  readonly #inFlight: GradientsInFlight;
  readonly #kept = new Map<Tensor, Tensor>();

  /** @param wanted the tensors whose gradients are kept; null stands for leaves and retained tensors. */
  constructor(caller: string, wanted: ReadonlySet<Tensor> | null, inFlight: GradientsInFlight) {
    this.#caller = caller;
    this.#wanted = wanted;
    this.#inFlight = inFlight;
  }

  /** The gradient of a tensor to which no more will flow, after the tensor's hooks; null if none came. */
  at(tensor: Tensor): Arrival | null {
    const computed = this.#inFlight.take(tensor);
    return computed && { tensor, computed, gradient: this.#callHooks(tensor, computed) };
  }

  /** Ends with a gradient that has flowed on: keeps it if it is wanted. */
  settle({ tensor, computed, gradient }: Arrival): void {
    // `grad` answers with what was computed; so does a `retainGrad` that came before the first hook.
    const early = this.#wanted !== null || (!tensor.isLeaf && hooksOf.get(tensor)?.retainedBefore === true);
    if (computed !== gradient) this.#inFlight.release(early ? gradient : computed);
    const result = early ? computed : gradient;
    if (this.#wants(tensor)) this.#kept.set(tensor, result);
    else this.#inFlight.release(result);
  }

  /** Ends with all tensors at which the walk stopped, and gives what was wanted, for good. */
  finish(): Map<Tensor, Tensor> {
    for (const [tensor, computed] of this.#inFlight.rest()) {
      // The walk ends at a tensor that `grad` was asked for; its hooks come after that.
      const gradient = this.#wanted === null ? this.#callHooks(tensor, computed) : computed;
      this.settle({ tensor, computed, gradient });
    }
    for (const [tensor, gradient] of this.#kept) this.#kept.set(tensor, this.#inFlight.claim(gradient));
    return this.#kept;
  }

  #callHooks(tensor: Tensor, gradient: Tensor): Tensor {
    const hooks = hooksOf.get(tensor);
    if (hooks === undefined || hooks.registered.size === 0) return gradient;
    return this.#inFlight.lend(gradient, (lent) => hooks.call(this.#caller, tensor, lent));
  }

  #wants(tensor: Tensor): boolean {
    return this.#wanted?.has(tensor) ?? (tensor.isLeaf || isRetained(tensor));
  }
}
