import { defineWasmHalf, type Kernel } from "../devices/kernel.ts";
import type { WasmContext, WasmOperand } from "../devices/wasm/context.ts";
import { movementModule, TILE } from "../devices/wasm/generated/movement.ts";
import { placementModule } from "../devices/wasm/generated/placement.ts";
import { type Shape, stridesOf } from "../tensor/shape.ts";
import { floatBits } from "./lib/float-bits.ts";
import { loopNest } from "./lib/loop-nest.ts";
import { GRAIN } from "./lib/pieces.ts";

/** Reads the input at `offset + Σ index·stride`, in elements. */
export interface ReadParams {
  readonly offset: number;
  /** One for each axis of the output; 0 repeats, negative goes backwards. */
  readonly strides: readonly number[];
}

/** A dense copy of a strided view: permutations, broadcasts, slices and flips. */
export const readKernel: Kernel<ReadParams> = /* @__PURE__ */ defineWasmHalf({
  name: "read",
  dtypes: ["output"],
  wasm(context, [x], [out], { offset, strides }) {
    const nest = loopNest(out!.shape, [strides]);
    const [own] = nest.strides;
    const source = x!.ptr + offset * 4;
    const matrices = transposition(nest.extents, own!);
    if (matrices !== null) {
      const { count, rows, columns } = matrices;
      const tiles = count * Math.ceil(rows / TILE) * Math.ceil(columns / TILE);
      context.parallel(movementModule, "transpose", tiles, 8, source, out!.ptr, rows, columns);
      return;
    }
    const layout = context.ints([...nest.extents, ...own!]);
    context.parallel(movementModule, "read", out!.size, GRAIN, source, out!.ptr, nest.extents.length, layout);
  },
});

/** Dense matrices, one after another, that are to be transposed; null if the loops mean something else. */
function transposition(
  extents: readonly number[],
  strides: readonly number[],
): { count: number; rows: number; columns: number } | null {
  if (extents.length !== 2 && extents.length !== 3) return null;
  const [columns, rows] = extents.slice(-2) as [number, number];
  const [across, down] = strides.slice(-2) as [number, number];
  if (across !== 1 || down !== columns) return null;
  if (extents.length === 3 && strides[0] !== rows * columns) return null;
  return { count: extents.length === 3 ? extents[0]! : 1, rows, columns };
}

/** Where `placeKernel` puts its input's element along each axis: at `start + index·step`. */
export interface PlaceParams {
  readonly starts: readonly number[];
  readonly steps: readonly number[];
  /** What the other elements are. */
  readonly value: number;
}

/** The input set into a larger tensor of one value: padding, and the adjoint of slicing. */
export const placeKernel: Kernel<PlaceParams> = /* @__PURE__ */ defineWasmHalf({
  name: "place",
  dtypes: ["output"],
  wasm(context, [x], [out], { starts, steps, value }) {
    const bits = out!.dtype === "int32" ? value : floatBits(value);
    context.parallel(movementModule, "fill", out!.size, GRAIN * 4, out!.ptr, bits);
    const own = stridesOf(out!.shape);
    const offset = own.reduce((sum, stride, axis) => sum + stride * starts[axis]!, 0);
    const strides = own.map((stride, axis) => stride * steps[axis]!);
    write(context, x!, out!.ptr + offset * 4, strides);
  },
});

/** Copies a dense operand to places that lie `strides` elements apart. */
function write(context: WasmContext, x: WasmOperand, to: number, strides: readonly number[]): void {
  const nest = loopNest(x.shape, [strides]);
  const layout = context.ints([...nest.extents, ...nest.strides[0]!]);
  context.parallel(placementModule, "write", x.size, GRAIN, x.ptr, to, nest.extents.length, layout);
}

/** No inputs. Output: the same float32 value everywhere. */
export const fillKernel: Kernel<number> = /* @__PURE__ */ defineWasmHalf({
  name: "fill",
  wasm: (context, _inputs, [out], value) =>
    context.parallel(movementModule, "fill", out!.size, GRAIN * 4, out!.ptr, floatBits(value)),
});

/** Which axis `catKernel` joins its inputs along. */
export interface CatParams {
  readonly dim: number;
}

/** Tensors joined along an axis. */
export const catKernel: Kernel<CatParams> = /* @__PURE__ */ defineWasmHalf({
  name: "cat",
  dtypes: ["output"],
  wasm(context, inputs, [out], { dim }) {
    const own = stridesOf(out!.shape);
    let offset = 0;
    for (const x of inputs) {
      write(context, x, out!.ptr + offset * 4, own);
      offset += x.shape[dim]! * own[dim]!;
    }
  },
});

/** Strides with which a dense tensor of `shape` is read when its axes come in the order `dims`. */
export function permutedStrides(shape: Shape, dims: readonly number[]): number[] {
  const own = stridesOf(shape);
  return dims.map((dim) => own[dim]!);
}
