/** A kernel that a device ran. */
export interface KernelRun {
  readonly kernel: string;
  /** As `performance.now()` tells it. */
  readonly startedAt: number;
  readonly ms: number;
  /** Of inputs and outputs. */
  readonly bytes: number;
  readonly flops: number | null;
}

let current: ((run: KernelRun) => void) | null = null;

/** Sees every kernel that a device runs from now on; returns the observer before. For `profile`. */
export function observeKernels(next: ((run: KernelRun) => void) | null): ((run: KernelRun) => void) | null {
  const before = current;
  current = next;
  return before;
}

/** Who sees kernels now. */
export function kernelObserver(): ((run: KernelRun) => void) | null {
  return current;
}
