import { defineWasmHalf, type Kernel } from "../../devices/kernel.ts";
import type { WasmModuleSource } from "../../devices/wasm/context.ts";
import { type ExtremesFunctions, extremesModule } from "../../devices/wasm/generated/extremes.ts";
import * as opcodes from "../../devices/wasm/generated/opcodes.ts";
import { COLUMNS, type ReduceFunctions, reduceModule } from "../../devices/wasm/generated/reduce.ts";
import type { DType } from "../../tensor/dtype.ts";
import { addressesOf } from "../lib/addresses.ts";
import { planPasses } from "./passes.ts";

/** Which axes a reduction removes, and a number that its results are divided by. */
export interface ReduceParams {
  readonly dims: readonly number[];
  /** @default 1 */
  readonly divisor?: number;
}

/** How a reduction folds values together. */
type Fold = FoldOf<typeof reduceModule, opcodes.Total> | FoldOf<typeof extremesModule, opcodes.Extreme>;

/** Either kind, for the call. */
type AnyFold = FoldOf<WasmModuleSource<ReduceFunctions | ExtremesFunctions>, opcodes.Total | opcodes.Extreme>;

/** A family of wasm functions, and the number of one for each dtype. */
interface FoldOf<Module, Opcode> {
  readonly module: Module;
  readonly opcode: { readonly [dtype in DType]: Opcode | null };
}

const sums: Fold = { module: reduceModule, opcode: { float32: opcodes.sum, int32: opcodes.sumInt } };
const squares: Fold = { module: reduceModule, opcode: { float32: opcodes.sumSquares, int32: null } };
const largest: Fold = { module: extremesModule, opcode: { float32: opcodes.max, int32: opcodes.maxInt } };
const smallest: Fold = { module: extremesModule, opcode: { float32: opcodes.min, int32: opcodes.minInt } };

/** Sums over axes. */
export const sumKernel: Kernel<ReduceParams> = /* @__PURE__ */ reduceKernel("sum", sums, sums);
/** Sums of squares over axes. */
export const sumSquaresKernel: Kernel<ReduceParams> = /* @__PURE__ */ reduceKernel("sumSquares", squares, sums);
/** Largest values over axes; NaN wins. */
export const amaxKernel: Kernel<ReduceParams> = /* @__PURE__ */ reduceKernel("amax", largest, largest);
/** Smallest values over axes; NaN wins. */
export const aminKernel: Kernel<ReduceParams> = /* @__PURE__ */ reduceKernel("amin", smallest, smallest);

/**
 * A reduction over any axes, as passes over one axis each: the first folds with `first`, the others with `rest`.
 *
 * Long axes are reduced in blocks, whose results are reduced in turn. That keeps float32 sums of millions of values
 * accurate, gives threads something to share, and fixes the order of summation by the shape alone.
 */
function reduceKernel(name: "sum" | "sumSquares" | "amax" | "amin", first: Fold, rest: Fold): Kernel<ReduceParams> {
  return defineWasmHalf({
    name,
    dtypes: [first.opcode.int32 === null ? "float32" : "output"],
    wasm(context, [x], [out], { dims, divisor = 1 }) {
      const passes = planPasses(x!.shape, dims);
      let source = x!.ptr;
      passes.forEach(({ outer, length, inner, block }, i) => {
        const blocks = Math.ceil(length / block);
        const isLast = i === passes.length - 1;
        const target = isLast ? out!.ptr : context.scratch(outer * blocks * inner * 4);
        const { module, opcode }: AnyFold = i === 0 ? first : rest;
        const units = outer * blocks * Math.ceil(inner / COLUMNS);
        const grain = Math.max(1, Math.floor(8192 / (block * Math.min(inner, COLUMNS))));
        const part = [length, inner, block, isLast ? divisor : 1] as const;
        context.parallel(module, "reduce", units, grain, opcode[x!.dtype]!, source, target, ...part);
        source = target;
      });
    },
  });
}

/** Where the extreme value along an axis stands. */
export interface ArgExtremeParams {
  /** Extent of the axis, and number of elements behind one of its entries. */
  readonly length: number;
  readonly inner: number;
  /** 1 for the largest, -1 for the smallest. */
  readonly sign: 1 | -1;
}

/** Positions of the largest or smallest values along an axis: the first, or the first NaN. */
export const argExtremeKernel: Kernel<ArgExtremeParams> = /* @__PURE__ */ defineWasmHalf({
  name: "argExtreme",
  dtypes: ["any"],
  wasm(context, [x], [out], { length, inner, sign }) {
    const grain = Math.max(1, Math.ceil(8192 / length));
    const kind = [length, inner, Number(sign > 0), Number(x!.dtype === "int32")] as const;
    context.parallel(extremesModule, "argExtreme", out!.size, grain, ...addressesOf(x, out), ...kind);
  },
});
