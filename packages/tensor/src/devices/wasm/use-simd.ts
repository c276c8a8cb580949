import { engine } from "./engine.ts";
import type { KernelCalls } from "./kernel-calls.ts";
import type { SimdWidth } from "./simd-width.ts";
import { loadWide } from "#load-wide";

/** What was asked of a device's kernels, and what came of it. */
interface Wish {
  readonly width: SimdWidth;
  /** Until the kernels of 256 bits have loaded. */
  loading: Promise<void> | undefined;
  /** Why they could not be. */
  refusal: string | null;
}

const wishes = /* @__PURE__ */ new WeakMap<KernelCalls, Wish>();

/** Has kernels work on so many bits, where it is better; a promise if they have to be loaded first. */
export function useSimd(calls: KernelCalls, width: SimdWidth): Promise<void> | undefined {
  const before = wishes.get(calls);
  if (width === (before?.width ?? 128)) return before?.loading;
  const wish: Wish = { width, loading: undefined, refusal: null };
  wishes.set(calls, wish);
  if (width === 128) {
    calls.wide = null;
    return undefined;
  }
  wish.loading = loadWide(engine, (kernels) => {
    // Another width may have been asked for meanwhile.
    if (wishes.get(calls) === wish) calls.wide = kernels;
  })?.catch((error: unknown) => {
    wish.refusal = `kernels of 256 bits could not be loaded (${error instanceof Error ? error.message : String(error)})`;
  });
  return wish.loading;
}

/** Which width was asked for, which is in use, and what was found, as a sentence. */
export function simdInUse(calls: KernelCalls): {
  readonly asked: SimdWidth;
  readonly inUse: SimdWidth;
  readonly finding: string;
} {
  const wish = wishes.get(calls);
  const inUse = calls.wide?.pairs === true ? 256 : 128;
  return { asked: wish?.width ?? 128, inUse, finding: calls.wide?.findings ?? wish?.refusal ?? "" };
}
