import { defineWasmHalf, type Kernel } from "../devices/kernel.ts";
import { normalModule } from "../devices/wasm/generated/normal.ts";
import { randomModule } from "../devices/wasm/generated/random.ts";
import type { RandomKey } from "../tensor/random.ts";
import { GRAIN } from "./lib/pieces.ts";

/** What random values are drawn from, and where they are moved to: `offset + scale · value`, in doubles. */
export interface DrawParams extends RandomKey {
  readonly offset: number;
  readonly scale: number;
}

/**
 * No inputs. Output: uniform values in [0, 1), moved; the same bits on every device. Values that nobody reads before they are
 * replaced, as when a layer is initialised anew or loaded, are never computed.
 */
export const uniformKernel: Kernel<DrawParams> = /* @__PURE__ */ defineWasmHalf({
  name: "uniform",
  deferrable: true,
  wasm: (context, _inputs, [out], { low, high, offset, scale }) =>
    context.parallel(randomModule, "uniform", out!.size, GRAIN, out!.ptr, low, high, offset, scale),
});

/** No inputs. Output: standard normal values, moved; the same bits on every device. */
export const normalKernel: Kernel<DrawParams> = /* @__PURE__ */ defineWasmHalf({
  name: "normal",
  deferrable: true,
  wasm: (context, _inputs, [out], { low, high, offset, scale }) =>
    context.parallel(normalModule, "normal", out!.size, GRAIN, out!.ptr, low, high, offset, scale),
});

/** A random mask: `value` with probability `keep`, else 0. */
export interface KeepMaskParams extends RandomKey {
  readonly keep: number;
  readonly value: number;
}

/** No inputs. Output: the mask; the same on every device. */
export const keepMaskKernel: Kernel<KeepMaskParams> = /* @__PURE__ */ defineWasmHalf({
  name: "keepMask",
  wasm(context, _inputs, [out], { low, high, keep, value }) {
    context.parallel(randomModule, "keepMask", out!.size, GRAIN, out!.ptr, low, high, keep, value);
  },
});
