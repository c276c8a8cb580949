import type { Storage } from "./storage.ts";

let observer: ((storage: Storage, value: number) => void) | null = null;

/** Tells of single values that are read from now on. */
export function observeReads(next: (storage: Storage, value: number) => void): void {
  observer = next;
}

/** Tells that a single value was read, and gives it back. */
export function noteRead(storage: Storage, value: number): number {
  observer?.(storage, value);
  return value;
}
