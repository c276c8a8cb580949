import { showValue } from "../../checks/show-value.ts";
import { DeviceError, ValueError } from "../../errors.ts";
import { missingForThreads, processors } from "#host";

/** More threads than this never helped a small network. */
const MAX_THREADS = 16;

/** How many threads this machine can run at once. Where workers cannot be had, one. */
export function availableThreads(): number {
  return Math.min(processors(), MAX_THREADS);
}

/** More would be a mistake: each has a stack and a worker of its own. */
const MOST_THREADS = 1024;

/** @throws ValueError if that many threads cannot be meant. @throws DeviceError if they cannot be had. */
export function checkThreads(what: string, count: number): void {
  if (!Number.isInteger(count) || count < 1 || count > MOST_THREADS)
    throw new ValueError(`${what}: expected a positive integer, at most ${MOST_THREADS}, got ${showValue(count)}`);
  const missing = count > 1 ? missingForThreads() : null;
  if (missing !== null) throw new DeviceError(`${what}: ${count} threads cannot be had, since ${missing}`);
}
