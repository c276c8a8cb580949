import { showValue } from "../checks/show-value.ts";
import { DeviceError, ValueError } from "../errors.ts";
import { missingForThreads } from "./wasm/available-threads.ts";
import type { SimdWidth } from "./wasm/simd-width.ts";

/** What TAPEGRAD_THREADS says; null if it is not set. */
export function threadsFromEnvironment(): number | null {
  const text = environment("TAPEGRAD_THREADS");
  if (text === undefined || text === "") return null;
  checkThreads("TAPEGRAD_THREADS", Number(text));
  return Number(text);
}

/** What TAPEGRAD_SIMD says; null if it is not set. @throws ValueError if that is no width. */
export function simdFromEnvironment(): SimdWidth | null {
  const text = environment("TAPEGRAD_SIMD");
  if (text === undefined || text === "") return null;
  if (text !== "128" && text !== "256")
    throw new ValueError(`TAPEGRAD_SIMD must be 128 or 256, got ${showValue(text)}`);
  return text === "128" ? 128 : 256;
}

/** An environment variable; undefined where it is not set, or there are none. */
export function environment(name: string): string | undefined {
  try {
    return typeof process === "object" ? process.env[name] : undefined;
  } catch {
    // Deno throws where the program may not read its environment: then nothing there is meant for this package.
    return undefined;
  }
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
