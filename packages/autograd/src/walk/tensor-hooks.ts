import type { Tensor } from "@tapegrad/tensor";

/** Sees the gradient of a tensor; a tensor that it returns takes the gradient's place. It must not change its argument. */
export type TensorHook = (gradient: Tensor) => Tensor | null | undefined | void;

/** The hooks of one tensor. */
export interface TensorHooks {
  /** In the order in which they were registered. */
  readonly registered: Set<{ readonly hook: TensorHook }>;
  /** Whether `retainGrad` came before the first of them: it keeps the gradient as it was before the hooks. */
  readonly retainedBefore: boolean;
  /** What they make of the tensor's gradient. */
  readonly call: (caller: string, tensor: Tensor, gradient: Tensor) => Tensor;
}

/** Hooks by tensor. `registerHook` brings all that they take, so that programs without any need not carry it. */
export const hooksOf: WeakMap<Tensor, TensorHooks> = /* @__PURE__ */ new WeakMap();
