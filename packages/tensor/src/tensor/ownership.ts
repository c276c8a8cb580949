import type { Storage } from "./storage.ts";
import type { Tensor } from "./tensor.ts";

/** What a scope that has not ended owns. */
export interface Scope {
  /** Storages made since it began, unless in a scope inside it. */
  readonly storages: Storage[];
  /** Tensors that were given a `grad` with a record. */
  readonly differentiable: Set<Tensor>;
  outer: Scope | null;
  /** What collects what it returns. */
  outerStorages: Storage[] | null;
}

/** Who owns what is made now. */
export const owner: {
  /** The innermost scope; null outside every scope. */
  innermost: Scope | null;
  /** What collects new storages: those of the innermost scope, unless `collectInto` said otherwise. */
  current: Storage[] | null;
} = { innermost: null, current: null };

/** Called for every new storage: the innermost scope owns it until the scope ends. */
export function adopt(storage: Storage): void {
  owner.current?.push(storage);
}

/**
 * Lets `list` collect new storages in place of the innermost scope, and returns the list before, which must be put
 * back. For the backward pass, which frees what it makes as it goes.
 */
export function collectInto(list: Storage[] | null): Storage[] | null {
  const before = owner.current;
  owner.current = list;
  return before;
}

/**
 * Runs `fn` and lets the innermost scope, if there is one, own what it makes, also within a backward pass, which frees what
 * it makes itself. For hooks, which may keep whatever they compute.
 */
export function ownedByScope<R>(fn: () => R): R {
  const before = collectInto(owner.innermost?.storages ?? null);
  try {
    return fn();
  } finally {
    owner.current = before;
  }
}

/** Called for a tensor that was given a `grad` with a record, which stays as long as the tensor does. */
export function keepGraphOfGrad(tensor: Tensor): void {
  owner.innermost?.differentiable.add(tensor);
}

/** Takes a storage out of every scope. */
export function keepStorage(storage: Storage): void {
  kept.add(storage);
}

/** Whether a storage was taken out of every scope. */
export function isKept(storage: Storage): boolean {
  return kept.has(storage);
}

const kept = /* @__PURE__ */ new WeakSet<Storage>();
