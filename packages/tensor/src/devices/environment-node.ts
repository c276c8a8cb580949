import { showValue } from "../checks/show-value.ts";
import { ValueError } from "../errors.ts";
import { checkThreads } from "./wasm/available-threads.ts";
import type { KernelCalls } from "./wasm/kernel-calls.ts";
import { PAIRING_FLAG, type SimdWidth } from "./wasm/simd-width.ts";
import { useSimd } from "./wasm/use-simd.ts";

// What environment.ts has, where there are environment variables and a command line.

/** What TAPEGRAD_THREADS says; null if it is not set. */
export function threadsFromEnvironment(): number | null {
  const text = environment("TAPEGRAD_THREADS");
  if (text === undefined || text === "") return null;
  checkThreads("TAPEGRAD_THREADS", Number(text));
  return Number(text);
}

/** Which width TAPEGRAD_SIMD or V8's flag asks for, and which of the two; null if neither does. @throws ValueError if that is no width. */
export function simdFromEnvironment(): { readonly width: SimdWidth; readonly who: string } | null {
  const text = environment("TAPEGRAD_SIMD");
  if (text === undefined || text === "") return pairingIsOn() ? { width: 256, who: "Node's command line" } : null;
  if (text !== "128" && text !== "256")
    throw new ValueError(`TAPEGRAD_SIMD must be 128 or 256, got ${showValue(text)}`);
  return { width: text === "128" ? 128 : 256, who: "TAPEGRAD_SIMD" };
}

/** Has kernels work on that width. */
export function widenAsAsked(calls: KernelCalls): void {
  void useSimd(calls, simdFromEnvironment()?.width ?? 128);
}

/** Whether TAPEGRAD_FUSION leaves fusing on. */
export function fusionFromEnvironment(): boolean {
  return environment("TAPEGRAD_FUSION") !== "0";
}

/** Whether Node's command line has the flag. */
function pairingIsOn(): boolean {
  const given = typeof process === "object" && Array.isArray(process.execArgv) ? process.execArgv : [];
  return given.some((each) => each.replaceAll("_", "-") === PAIRING_FLAG);
}

/** An environment variable; undefined where it is not set. */
function environment(name: string): string | undefined {
  try {
    return typeof process === "object" ? process.env[name] : undefined;
  } catch {
    // Deno throws where the program may not read its environment: then nothing there is meant for this package.
    return undefined;
  }
}
