import type { KernelCalls } from "./wasm/kernel-calls.ts";
import type { SimdWidth } from "./wasm/simd-width.ts";

// What environment variables and a command line ask for: in pages, where there are none, nothing. environment-node.ts reads them;
// which of the two `#environment` is says package.json.

/** How many threads are asked for; null if none are. */
export function threadsFromEnvironment(): number | null {
  return null;
}

/** Which width is asked for, and by what; null if none is. */
export function simdFromEnvironment(): { readonly width: SimdWidth; readonly who: string } | null {
  return null;
}

/** Has kernels work on the width that is asked for. */
export function widenAsAsked(_calls: KernelCalls): void {}

/** Whether fusing is left on. */
export function fusionFromEnvironment(): boolean {
  return true;
}
