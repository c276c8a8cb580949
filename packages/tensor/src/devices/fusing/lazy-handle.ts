import type { DType } from "../../tensor/dtype.ts";
import type { Handle, InnerHandle, KernelCall, Operand, OutputSpec } from "../device.ts";
import type { AnyKernel } from "../kernel.ts";

/** Most kernels that are held back in a row. */
export const LONGEST = 12;
/** Beyond every chain: results that were given up are computed by themselves. */
export const EVICTED: number = Infinity;

/** A kernel that was held back, or whose results were given up. */
export interface Pending {
  readonly kernel: AnyKernel;
  readonly inputs: readonly LazyOperand[];
  readonly outputs: readonly OutputSpec[];
  /** Which of the outputs is wanted. */
  readonly index: number;
  readonly params: unknown;
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
}

/** In place of a position among the handles that wait for it: a finalizer watches a handle, or nothing does. */
export const WATCHED = -1;
export const UNWATCHED = -2;

export interface LazyOperand extends Operand {
  readonly handle: LazyHandle;
}

/** From now on the handle's values are what the kernel would make. */
export function postpone(handle: LazyHandle, pending: Pending): void {
  handle.pending = pending;
  handle.hardlyWanted = pending.depth === EVICTED;
  for (const { handle: read } of pending.inputs) {
    read.readers++;
    if (!handle.hardlyWanted) read.awaiting++;
  }
}

/** Whether a handle's owner gave it back, and no kernel that was held back reads it. */
export function isUnwanted({ orphaned, readers }: LazyHandle): boolean {
  return orphaned && readers === 0;
}

/** Says of a held-back kernel that it will hardly run. Returns which values it was the last to await. */
export function awaitNoMore(handle: LazyHandle): LazyHandle[] {
  if (handle.pending === null || handle.hardlyWanted) return [];
  handle.hardlyWanted = true;
  return awaitOnceLess(handle.pending.inputs);
}

/** One kernel fewer awaits these values. Returns those that it was the last to await, and that are to be given up. */
export function awaitOnceLess(operands: readonly LazyOperand[]): LazyHandle[] {
  const free: LazyHandle[] = [];
  for (const { handle } of operands) if (--handle.awaiting === 0 && handle.evictedFrom !== null) free.push(handle);
  return free;
}

/**
 * Lets the held-back kernel, if there is one, stop reading its inputs. Returns those that nobody wants now, and those that it was
 * the last to await.
 */
export function giveUpReads(handle: LazyHandle): LazyHandle[] {
  const free = awaitNoMore(handle);
  const { pending } = handle;
  if (pending === null) return free;
  handle.pending = null;
  for (const { handle: read } of pending.inputs) if (--read.readers === 0 && read.orphaned) free.push(read);
  return free;
}

/** Adds the given-up results that a kernel reads, directly or through kernels that were held back. */
export function collectEvicted(root: Pending, into: LazyHandle[]): void {
  if (root.inputs.every(({ handle }) => handle.pending === null)) return;
  const seen = new Set<Pending>([root]);
  for (const { inputs } of seen) {
    for (const { handle } of inputs) {
      if (handle.pending?.depth === EVICTED) into.push(handle);
      else if (handle.pending !== null) seen.add(handle.pending);
    }
  }
}
