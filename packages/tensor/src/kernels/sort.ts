import { defineWasmHalf, type Kernel } from "../devices/kernel.ts";
import { sortModule, TABLES } from "../devices/wasm/generated/sort.ts";
import { addressesOf } from "./lib/addresses.ts";

/** Which positions of the sorted axis of `[outer, length, inner]` are wanted; `[outer, count, inner]` come out. */
export interface SortParams {
  readonly outer: number;
  readonly length: number;
  readonly inner: number;
  /** Rank of the first one wanted. */
  readonly start: number;
  readonly count: number;
  readonly descending: boolean;
  /** Whether a row with NaN gives the position of its first NaN, whatever is wanted. Ascending only. */
  readonly nanFirst: boolean;
}

/**
 * Positions of values along an axis in sorted order: stable, NaN greater than all else, both zeros equal.
 *
 * wasm sorts each row by radix.
 */
export const sortKernel: Kernel<SortParams> = /* @__PURE__ */ defineWasmHalf({
  name: "sort",
  dtypes: ["any"],
  wasm(context, [x], [out], { outer, length, inner, start, count, descending, nanFirst }) {
    const rows = outer * inner;
    const bytes = 16 * length + TABLES;
    const scratch = rows === 1 ? context.scratch(bytes) : context.scratchPerThread(bytes);
    const integers = x!.dtype === "int32";
    const order = [Number(descending), Number(integers), Number(nanFirst && !integers)] as const;
    const wanted = [length, inner, start, count, ...order] as const;
    const grain = Math.ceil(1024 / length);
    context.parallel(sortModule, "sortPositions", rows, grain, ...addressesOf(x, out), ...wanted, scratch);
  },
});
