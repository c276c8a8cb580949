import { randomModule } from "../devices/wasm/generated/random.ts";
import { defineKernel } from "../kernel.ts";
import type { Kernel } from "../kernel.ts";
import { normalValues, uniformValues } from "../random.ts";
import type { RandomKey } from "../random.ts";
import { sizeOf } from "../shape.ts";

/** Elements in the smallest piece that is worth a thread's while. */
const GRAIN = 8192;

/** No inputs. Output: uniform values in [0, 1), the same bits on every device. */
export const uniformKernel: Kernel<RandomKey> = /* @__PURE__ */ defineKernel<RandomKey>({
  name: "uniform",
  wasm: (context, _inputs, [out], { low, high }) =>
    context.parallel(randomModule, "uniform", out!.size, GRAIN, out!.ptr, low, high),
  host: ([out], key) => [uniformValues(key, sizeOf(out!.shape))],
});

/** No inputs. Output: standard normal values, the same bits on every device. */
export const normalKernel: Kernel<RandomKey> = /* @__PURE__ */ defineKernel<RandomKey>({
  name: "normal",
  wasm: (context, _inputs, [out], { low, high }) =>
    context.parallel(randomModule, "normal", out!.size, GRAIN, out!.ptr, low, high),
  host: ([out], key) => [normalValues(key, sizeOf(out!.shape))],
});

/** A random mask: `value` with probability `keep`, else 0. */
export interface KeepMaskParams extends RandomKey {
  readonly keep: number;
  readonly value: number;
}

/** No inputs. Output: the mask; the same on every device. */
export const keepMaskKernel: Kernel<KeepMaskParams> = /* @__PURE__ */ defineKernel<KeepMaskParams>({
  name: "keepMask",
  wasm(context, _inputs, [out], { low, high, keep, value }) {
    context.parallel(randomModule, "keepMask", out!.size, GRAIN, out!.ptr, low, high, keep, value);
  },
  host([out], { low, high, keep, value }) {
    const limit = Math.fround(keep);
    return [uniformValues({ low, high }, sizeOf(out!.shape)).map((uniform) => (uniform < limit ? value : 0))];
  },
});
