import { randomModule } from "../devices/wasm/generated/random.ts";
import { defineKernel } from "../kernel.ts";
import type { Kernel } from "../kernel.ts";
import { uniformValues } from "../random.ts";
import type { RandomKey } from "../random.ts";
import { sizeOf } from "../shape.ts";

/** A random mask: `value` with probability `keep`, else 0. */
export interface KeepMaskParams extends RandomKey {
  readonly keep: number;
  readonly value: number;
}

/** No inputs. Output: the mask; the same on every device. */
export const keepMaskKernel: Kernel<KeepMaskParams> = /* @__PURE__ */ defineKernel<KeepMaskParams>({
  name: "keepMask",
  wasm(context, _inputs, [out], { low, high, keep, value }) {
    context.parallel(randomModule, "keepMask", out!.size, 8192, out!.ptr, low, high, keep, value);
  },
  host([out], { low, high, keep, value }) {
    const limit = Math.fround(keep);
    return [uniformValues({ low, high }, sizeOf(out!.shape)).map((uniform) => (uniform < limit ? value : 0))];
  },
});
