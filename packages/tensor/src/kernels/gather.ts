import { defineWasmHalf, type Kernel } from "../devices/kernel.ts";
import { gatherModule } from "../devices/wasm/generated/gather.ts";
import { addressesOf } from "./lib/addresses.ts";
import { GRAIN } from "./lib/pieces.ts";

/** How values `[outer, length, inner]` are picked as `[outer, count, inner]`. */
export interface GatherParams {
  readonly outer: number;
  readonly length: number;
  readonly count: number;
  readonly inner: number;
  /** Whether the positions are `[count]`, the same for all of outer and inner; else shaped like the picks. */
  readonly shared: boolean;
}

/** Inputs: values and positions. Output: the values at these positions. */
export const gatherKernel: Kernel<GatherParams> = /* @__PURE__ */ defineWasmHalf({
  name: "gather",
  dtypes: ["output", "int32"],
  wasm(context, [x, index], [out], { length, count, inner, shared }) {
    const fn = shared ? "gatherRows" : "gather";
    const run = shared ? inner : 1;
    const [units, grain] = [out!.size / run, Math.ceil(GRAIN / run)];
    context.parallel(gatherModule, fn, units, grain, ...addressesOf(x, index, out), length, count, inner);
  },
});

/** How `lastPositionsKernel` sees the positions. */
export type PositionsParams = Omit<GatherParams, "shared">;

/** Input: positions `[outer, count, inner]`. Output: for each place of `[outer, length, inner]`, which of them is the last to name it, or −1. */
export const lastPositionsKernel: Kernel<PositionsParams> = /* @__PURE__ */ defineWasmHalf({
  name: "lastPositions",
  dtypes: ["int32"],
  wasm(context, [index], [out], { outer, length, count, inner }) {
    const grain = Math.max(1, Math.ceil(GRAIN / (count * inner)));
    context.parallel(gatherModule, "lastPositions", outer, grain, ...addressesOf(index, out), length, count, inner);
  },
});

/** Inputs: values and positions. Output: zeros, to which each value is added at its position: the adjoint of `gatherKernel`. */
export const scatterKernel: Kernel<GatherParams> = /* @__PURE__ */ defineWasmHalf({
  name: "scatter",
  dtypes: ["float32", "int32"],
  wasm(context, [source, index], [out], { outer, length, count, inner, shared }) {
    const grain = Math.max(1, Math.ceil(GRAIN / (count * inner)));
    const operands = addressesOf(source, index, out);
    context.parallel(gatherModule, "scatter", outer, grain, ...operands, length, count, inner, Number(shared));
  },
});
