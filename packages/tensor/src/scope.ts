import type { Storage } from "./storage.ts";
import { Tensor } from "./tensor.ts";

/** Storages made since the innermost scope began; null outside every scope. */
let current: Storage[] | null = null;

/** Called for every new storage: the innermost scope owns it until the scope ends. */
export function adopt(storage: Storage): void {
  current?.push(storage);
}

/**
 * Lets `list` collect new storages in place of the innermost scope, and returns the list before, which must be put
 * back. For the backward pass, which frees what it makes as it goes.
 */
export function collectInto(list: Storage[] | null): Storage[] | null {
  const before = current;
  current = list;
  return before;
}

/** Takes a tensor out of every scope: it lives until it is disposed or garbage. Parameters and buffers are kept so. */
export function keep<T extends Tensor>(tensor: T): T {
  kept.add(tensor.storage);
  return tensor;
}

/** Whether `keep` took this storage out of every scope. */
export function isKept(storage: Storage): boolean {
  return kept.has(storage);
}

const kept = new WeakSet<Storage>();

/**
 * Runs `fn` and frees every tensor that it made and did not return. What the returned tensors' records need stays, so
 * a loss may be returned and differentiated later; `.grad`s, parameters and buffers stay too. Never required: tensors
 * are reclaimed when they are garbage; a scope does it sooner.
 *
 * @param fn makes tensors and returns those to keep: a tensor, or arrays, plain objects, maps and sets of them. If it
 *   returns a promise, the scope ends when the promise is settled, and must not overlap another scope.
 */
export function scope<R>(fn: () => R): R {
  const outer = current;
  const mine: Storage[] = [];
  current = mine;
  const end = (result: unknown): void => {
    current = outer;
    const wanted = reachable(result);
    for (const storage of mine) {
      if (kept.has(storage) || storage.disposed) continue;
      if (wanted.has(storage)) outer?.push(storage);
      else storage.dispose();
    }
  };
  let result: R;
  try {
    result = fn();
  } catch (error) {
    end(undefined);
    throw error;
  }
  if (!(result instanceof Promise)) {
    end(result);
    return result;
  }
  return result.then(
    (value: unknown) => {
      end(value);
      return value;
    },
    (error: unknown) => {
      end(undefined);
      throw error;
    },
  ) as R;
}

/** Storages of all tensors found in a value, and of all that their records hold. */
function reachable(root: unknown): Set<Storage> {
  const found = new Set<Storage>();
  const seen = new Set<unknown>();
  const pending: unknown[] = [root];
  while (pending.length > 0) {
    const value = pending.pop();
    if (typeof value !== "object" || value === null || seen.has(value)) continue;
    seen.add(value);
    if (value instanceof Tensor) {
      found.add(value.storage);
      pending.push(value.grad);
      if (value.record !== null) pending.push(value.record.inputs, value.record.outputs, value.record.params);
    } else if (Array.isArray(value) || value instanceof Set) {
      for (const entry of value) pending.push(entry);
    } else if (value instanceof Map) {
      for (const [key, entry] of value) pending.push(key, entry);
    } else if (!ArrayBuffer.isView(value)) {
      pending.push(...Object.values(value));
    }
  }
  return found;
}
