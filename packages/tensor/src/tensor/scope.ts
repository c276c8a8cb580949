import { checkFunction, checkTensor } from "../checks/index.ts";
import { Nesting } from "./nesting.ts";
import { isKept, keepStorage, owner, type Scope } from "./ownership.ts";
import type { Storage } from "./storage.ts";
import { Tensor } from "./tensor.ts";

const nesting = /* @__PURE__ */ new Nesting<null>("scope");

/** Takes a tensor out of every scope: it lives until it is disposed or garbage. Parameters and buffers are kept so. */
export function keep<T extends Tensor>(tensor: T): T {
  checkTensor("keep", tensor, "tensor");
  keepStorage(tensor.storage);
  return tensor;
}

/**
 * Runs `fn` and frees every tensor that it made and did not return. What the returned tensors' records need stays, so
 * a loss may be returned and differentiated later; parameters and buffers stay too, and so do `.grad`s, with their
 * records if `createGraph` made them. Never required: tensors are reclaimed when they are garbage; a scope does it sooner.
 *
 * @param fn makes tensors and returns those to keep: a tensor, or arrays, plain objects, maps and sets of them. If it
 *   returns a promise, the scope ends when the promise is settled; what anybody makes until then is the scope's.
 * @throws OverlapError if an asynchronous scope was called before and not awaited. An asynchronous scope that ends while
 *   another is running that began later rejects with it, and frees nothing.
 */
export function scope<R>(fn: () => R): R {
  checkFunction("scope", "fn", fn);
  nesting.refuseOverlap(null);
  const mine: Scope = { storages: [], differentiable: new Set(), outer: owner.innermost, outerStorages: owner.current };
  owner.innermost = mine;
  owner.current = mine.storages;
  return nesting.run(null, fn, (result, overlapped) => {
    if (overlapped) {
      takeOut(mine);
      return;
    }
    owner.innermost = mine.outer;
    owner.current = mine.outerStorages;
    end(mine, result);
  });
}

/** Removes a scope that scopes inside it outlive. */
function takeOut(gone: Scope): void {
  for (let each = owner.innermost; each !== null; each = each.outer) {
    if (each.outer !== gone) continue;
    each.outer = gone.outer;
    each.outerStorages = gone.outerStorages;
  }
}

function end({ storages, differentiable, outer, outerStorages }: Scope, result: unknown): void {
  const found = new Reachable();
  found.add(result);
  const own = new Set(storages);
  const survives = (storage: Storage): boolean => !own.has(storage) || isKept(storage) || found.storages.has(storage);
  // What one gradient's record holds may have a gradient in turn.
  for (let before = -1; before !== found.storages.size;) {
    before = found.storages.size;
    for (const tensor of differentiable) if (survives(tensor.storage)) found.add(tensor.ownGrad);
  }
  for (const storage of storages) {
    if (isKept(storage) || storage.disposed) continue;
    if (found.storages.has(storage)) outerStorages?.push(storage);
    else storage.dispose();
  }
  for (const tensor of differentiable) if (survives(tensor.storage)) outer?.differentiable.add(tensor);
}

/** Storages of all tensors found in values, and of all that their records hold. */
class Reachable {
  readonly storages = new Set<Storage>();
  readonly #seen = new Set<unknown>();

  add(root: unknown): void {
    const pending: unknown[] = [root];
    while (pending.length > 0) {
      const value = pending.pop();
      if (typeof value !== "object" || value === null || this.#seen.has(value)) continue;
      this.#seen.add(value);
      if (value instanceof Tensor) {
        this.storages.add(value.storage);
        pending.push(value.ownGrad);
        if (value.record !== null) pending.push(value.record.inputs, value.record.outputs, value.record.params);
      } else if (Array.isArray(value) || value instanceof Set) {
        for (const entry of value) pending.push(entry);
      } else if (value instanceof Map) {
        for (const [key, entry] of value) pending.push(key, entry);
      } else if (!ArrayBuffer.isView(value)) {
        pending.push(...Object.values(value));
      }
    }
  }
}
