import { defineWasmHalf, type Kernel } from "../devices/kernel.ts";
import { scanModule } from "../devices/wasm/generated/scan.ts";
import { addressesOf } from "./lib/addresses.ts";

/** Along which axis of `[outer, length, inner]`, and whether from the last entry to the first. */
export interface ScanParams {
  readonly outer: number;
  readonly length: number;
  readonly inner: number;
  readonly reverse: boolean;
}

/** Sums of all entries up to each. */
export const cumsumKernel: Kernel<ScanParams> = /* @__PURE__ */ scanKernel("cumsum", 0);
/** Products of all entries up to each. */
export const cumprodKernel: Kernel<ScanParams> = /* @__PURE__ */ scanKernel("cumprod", 1);

/** A running fold along an axis, held in double precision. */
function scanKernel(name: "cumsum" | "cumprod", product: 0 | 1): Kernel<ScanParams> {
  return defineWasmHalf({
    name,
    dtypes: ["output"],
    wasm(context, [x], [out], { outer, length, inner, reverse }) {
      const [units, grain] = workOf(outer, length, inner);
      const kind = [product, Number(x!.dtype === "int32"), Number(reverse)] as const;
      context.parallel(scanModule, "scan", units, grain, ...kind, ...addressesOf(x, out), length, inner);
    },
  });
}

/**
 * `out[k] = b[k] + a[k]·out[k − 1]` of inputs a and b; with `reverse`, `out[k] = b[k] + a[k + 1]·out[k + 1]`. The factor
 * between two entries is that of the later one.
 */
export const recurrenceKernel: Kernel<ScanParams> = /* @__PURE__ */ defineWasmHalf({
  name: "linearRecurrence",
  wasm(context, [a, b], [out], { outer, length, inner, reverse }) {
    const [units, grain] = workOf(outer, length, inner);
    const operands = addressesOf(a, b, out);
    context.parallel(scanModule, "recurrence", units, grain, Number(reverse), ...operands, length, inner);
  },
});

/** Units of four columns, and how many make a piece worth a thread. */
function workOf(outer: number, length: number, inner: number): [units: number, grain: number] {
  return [outer * Math.ceil(inner / 4), Math.max(1, Math.ceil(2048 / length))];
}
