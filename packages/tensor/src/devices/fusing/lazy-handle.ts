import type { DType } from "../../tensor/dtype.ts";
import type { Handle, InnerHandle, KernelCall, Launch, Operand } from "../device.ts";

/** Most kernels that are held back in a row. */
export const LONGEST = 12;
/** Beyond every chain: results that were given up are computed by themselves. */
export const EVICTED: number = Infinity;

/** A kernel with its operands, which may be held back in turn. */
export interface Call extends Launch {
  readonly inputs: readonly LazyOperand[];
}

/** What runs for the outputs of a call. */
export type Joined = Omit<Call, "outputs">;

/** A kernel that was held back, or whose results were given up. */
export interface Pending extends Call {
  /** Which of the outputs is wanted. */
  readonly index: number;
  /** How many held-back kernels stand in a row, this one included; `EVICTED` for results that were there once. */
  readonly depth: number;
}

/** Values on the inner device, or the kernel that will make them. */
export class LazyHandle implements Handle {
  readonly dtype: DType;
  readonly size: number;
  inner: InnerHandle | null = null;
  pending: Pending | null = null;
  /** How many held-back kernels read this handle. Those that were lost count. */
  readers = 0;
  /**
   * How many of them will run, as far as is known: their results were not given up. A kernel that runs now counts too: what computes
   * one of its inputs may be the last that awaited another.
   */
  awaiting = 0;
  /** The call that made the values, once they are to be given up: when no kernel awaits them any more. */
  evictedFrom: KernelCall | null = null;
  /** Whether the handle's owner gave it back; with readers left, its values are kept for them. */
  orphaned = false;
  /** Whether its memory was given back for good. */
  released = false;
  /** Whether its kernel became part of one that reads it. */
  absorbed = false;
  /** Whether its kernel, which is held back, will hardly run. */
  hardlyWanted = false;
  /** Who watches for its loss; see holdings.ts. */
  watch: number = UNWATCHED;

  constructor(dtype: DType, size: number) {
    this.dtype = dtype;
    this.size = size;
  }

  /** From now on the values are what the kernel would make. */
  postpone(pending: Pending): void {
    this.pending = pending;
    this.hardlyWanted = pending.depth === EVICTED;
    for (const { handle } of pending.inputs) {
      handle.readers++;
      if (!this.hardlyWanted) handle.awaiting++;
    }
  }

  /** Whether the owner gave it back, and no kernel that was held back reads it. */
  get isUnwanted(): boolean {
    return this.orphaned && this.readers === 0;
  }

  /** Says of the held-back kernel, if there is one, that it will hardly run. Returns which values it was the last to await. */
  awaitNoMore(): LazyHandle[] {
    if (this.pending === null || this.hardlyWanted) return [];
    this.hardlyWanted = true;
    return awaitOnceLess(this.pending.inputs);
  }

  /**
   * Lets the held-back kernel, if there is one, stop reading its inputs. Returns those that nobody wants now, and those that it was
   * the last to await.
   */
  giveUpReads(): LazyHandle[] {
    const free = this.awaitNoMore();
    const { pending } = this;
    if (pending === null) return free;
    this.pending = null;
    for (const { handle } of pending.inputs) if (--handle.readers === 0 && handle.orphaned) free.push(handle);
    return free;
  }

  /** Adds the given-up results that the held-back kernel reads, directly or through others that were held back. */
  collectEvicted(into: LazyHandle[]): void {
    if (this.pending === null || this.pending.inputs.every(({ handle }) => handle.pending === null)) return;
    const seen = new Set<Pending>([this.pending]);
    for (const { inputs } of seen) {
      for (const { handle } of inputs) {
        if (handle.pending?.depth === EVICTED) into.push(handle);
        else if (handle.pending !== null) seen.add(handle.pending);
      }
    }
  }
}

/** In place of a position among the handles that wait for it: a finalizer watches a handle, or nothing does. */
export const WATCHED = -1;
export const UNWATCHED = -2;

export interface LazyOperand extends Operand {
  readonly handle: LazyHandle;
}

/** One kernel fewer awaits these values. Returns those that it was the last to await, and that are to be given up. */
export function awaitOnceLess(operands: readonly LazyOperand[]): LazyHandle[] {
  const free: LazyHandle[] = [];
  for (const { handle } of operands) if (--handle.awaiting === 0 && handle.evictedFrom !== null) free.push(handle);
  return free;
}
